#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace aisle::http {

/// Sorts addresses so that the families alternate, starting with the family of the first address. Within a family the
/// order stays the same (RFC 8305, section 4). Pure.
std::vector<boost::asio::ip::address> interleaved(std::vector<boost::asio::ip::address> found);

/// Decides when to try which address of a host (RFC 8305, section 5): the first at once, each further one `delay` after
/// the previous one, or as soon as an attempt fails. Attempts run in parallel, and the first to connect wins. Sans-IO:
/// the caller connects, reports failures, and waits until next_start(). A plain value.
class connect_race {
public:
    using time_point = std::chrono::steady_clock::time_point;
    /// The "Connection Attempt Delay" that RFC 8305 recommends.
    static constexpr std::chrono::milliseconds delay{250};

    /// addresses: the number of addresses.
    explicit connect_race(std::size_t addresses) noexcept : addresses_(addresses) {}

    /// The index of an address to try now. Call it until it returns nothing.
    std::optional<std::size_t> start(time_point now) noexcept;
    /// Reports that one of the started attempts failed.
    void failed() noexcept;
    /// When start() returns the next address if no attempt fails before; time_point::max() if none is left.
    time_point next_start() const noexcept { return started_ < addresses_ ? next_ : time_point::max(); }
    /// True if all addresses were tried and failed.
    bool lost() const noexcept { return failed_ == addresses_; }

private:
    std::size_t addresses_;
    std::size_t started_ = 0;
    std::size_t failed_ = 0;
    time_point next_ = time_point::min();
};

}  // namespace aisle::http

#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace aisle::http {

/// Addresses with the families taking turns, beginning with the family of the first; otherwise in their order (RFC
/// 8305, section 4). Pure.
std::vector<boost::asio::ip::address> interleaved(std::vector<boost::asio::ip::address> found);

/// Decides which address of a host is tried when (RFC 8305, section 5): the first at once, each further one `delay`
/// after the one before it, or as soon as an attempt has failed. Attempts go on beside each other; the first that
/// connects wins. Sans-IO: the caller connects, reports failures, and waits until next_start(). A plain value.
class connect_race {
public:
    using time_point = std::chrono::steady_clock::time_point;
    /// What RFC 8305 recommends as "Connection Attempt Delay".
    static constexpr std::chrono::milliseconds delay{250};

    /// addresses: how many there are to try.
    explicit connect_race(std::size_t addresses) noexcept : addresses_(addresses) {}

    /// The index of an address to try now; ask again until it gives nothing.
    std::optional<std::size_t> start(time_point now) noexcept;
    /// One of the started attempts has failed.
    void failed() noexcept;
    /// When start() gives the next address if nothing fails before; time_point::max() when none is left.
    time_point next_start() const noexcept { return started_ < addresses_ ? next_ : time_point::max(); }
    /// True once every address was tried and has failed.
    bool lost() const noexcept { return failed_ == addresses_; }

private:
    std::size_t addresses_;
    std::size_t started_ = 0;
    std::size_t failed_ = 0;
    time_point next_ = time_point::min();
};

}  // namespace aisle::http

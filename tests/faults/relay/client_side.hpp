#pragma once

#include "fault.hpp"
#include "message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace aisle::faults {

/// The counters of relay_stats.
struct counters {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> answers{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> accept_resets{0};
    std::array<std::atomic<std::uint64_t>, fault_kinds> faults{};
};

/// Ends a connection so that neither side is left in TIME_WAIT.
void close_by_reset(boost::asio::ip::tcp::socket& side) noexcept;

/// Sends answers one after another, each with its fault. Used on the relay's thread.
class client_side {
public:
    client_side(boost::asio::ip::tcp::socket socket, counters& counts);

    boost::asio::ip::tcp::socket& socket() noexcept { return *socket_; }
    /// Resets it; pending operations return.
    void abandon() noexcept;
    bool abandoned() const noexcept { return abandoned_; }

    /// Begins an answer with this fault.
    void begin(fault what) noexcept;
    fault const& spoilt_by() const noexcept { return fault_; }
    /// The fault has happened.
    void count_fault();

    // Functions that return bool: false means that the connection has ended and nothing more may be sent.

    /// The next bytes of the answer, with the fault at its position. payload: the body bytes among them.
    boost::asio::awaitable<bool> send(std::span<char> bytes, std::vector<body_meter::run> const* payload);
    /// Sends bytes unchanged.
    boost::asio::awaitable<bool> write(std::span<char const> bytes);
    boost::asio::awaitable<bool> pause(std::chrono::milliseconds time);
    /// Closes it, cleanly or by a reset.
    boost::asio::awaitable<void> end(bool by_reset);

private:
    boost::asio::awaitable<bool> send_spoilt(std::span<char> bytes, std::size_t at);
    boost::asio::awaitable<bool> send_slowly(std::span<char const> bytes);
    std::optional<std::size_t> place_of_fault(std::size_t bytes, std::vector<body_meter::run> const& payload) const;

    std::shared_ptr<boost::asio::ip::tcp::socket> socket_;  // outlives this if a timer still refers to it
    boost::asio::steady_timer timer_;
    counters& counts_;
    bool abandoned_ = false;
    fault fault_;
    bool trickling_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t payload_sent_ = 0;
};

}  // namespace aisle::faults

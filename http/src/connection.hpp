#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/receive_buffer.hpp>
#include <aisle/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::http::detail {

using clock = std::chrono::steady_clock;

/// One TCP connection: its socket, what it reads into, and the deadline of what it is doing now.
struct connection {
    connection(executor on, std::string host_and_port, slab_pool& slabs, std::size_t slab_bytes)
        : socket(on), resolver(on), authority(std::move(host_and_port)), buffer(slabs, slab_bytes) {}

    tcp_socket socket;
    tcp_resolver resolver;
    std::string authority;
    receive_buffer buffer;
    bool reused = false;  ///< has served an exchange before
    clock::time_point idle_since{};

    // Deadline, looked at by the client's tick; a read or write costs no timer of its own.
    clock::time_point due = clock::time_point::max();
    errc due_code = errc::idle_timeout;
    bool expired = false;

    // Patience: the kernel wakes nobody before so many bytes are here, or the tick lowers the mark.
    int low_mark = 1;
    clock::time_point patient_until = clock::time_point::max();

    void arm(clock::time_point now, std::chrono::milliseconds within, errc code) noexcept {
        due = now + within;
        due_code = code;
    }
    void disarm() noexcept { due = clock::time_point::max(); }

    /// Sets SO_RCVLOWAT. Lowering it below what is already here wakes a pending read (Linux: tcp_set_rcvlowat).
    void set_low_mark(int bytes) noexcept;
    void close() noexcept;

    /// The error for what an operation came back with: the deadline's if that ended it, cancelled if that did.
    error failure(boost::system::error_code ec, errc otherwise, stage where, std::string doing) const;
};

/// Resolves and connects, trying every address. Errors: resolve_failed, connect_failed, connect_timeout, cancelled.
task<result<void>> connect(connection& c, std::string host, std::uint16_t port);

}  // namespace aisle::http::detail

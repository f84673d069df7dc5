#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/deadlines.hpp>
#include <aisle/http/resolver.hpp>
#include <aisle/http/tls.hpp>
#include <aisle/http/url.hpp>
#include <aisle/result.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace aisle::http {

class tls_stream;

/// One TCP connection, with or without TLS, and the time limits of its operations. Operations are awaited one at a
/// time.
///
/// Not movable: a pool lists it and time limits refer to it. An operation that fails closes the connection, because the
/// rest of a half-done read or write is useless. From then on every operation returns the same code. One thread, the
/// executor's.
class connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// `deadlines` is the clock of the limits below, `pace` that of patience.
    connection(executor ex, std::shared_ptr<limit_clock> const& deadlines, std::shared_ptr<limit_clock> const& pace);
    /// Closes.
    ~connection();

    /// Resolves and connects; a numeric host needs no resolver. The addresses of a name are raced (connect_race): the
    /// first that connects is used. If all cached addresses fail, the name is looked up again. Sets TCP_NODELAY. For
    /// https also performs the handshake with the settings of `tls`; `limit` is for everything together. `names` and
    /// `tls` must outlive the connection. Errors: resolve_failed, connect_failed (also if the connection ends during
    /// the handshake), tls_failed, connect_timeout, cancelled.
    task<result<void>> connect(url to, resolver& names, tls_context& tls, std::chrono::milliseconds limit);

    /// Writes head and body completely, in one system call if the socket accepts them; neither may be moved meanwhile.
    /// `limit` applies to each pause. Errors: connection_lost, idle_timeout, cancelled. A lost connection is not
    /// closed: the server's response, sent before it stopped reading, may still be readable. With TLS the first bytes
    /// are copied, to fit into one record.
    task<result<void>> write(std::string_view head, std::string_view body, std::chrono::milliseconds limit);

    /// The network's round-trip time as measured by TCP, at first from connecting alone; 0 if unknown.
    std::chrono::microseconds round_trip() noexcept;

    /// Waits until bytes or the end can be read. Errors: cancelled, or the deadline's; with TLS those of read().
    task<result<void>> wait_readable();

    /// How to read; name it before the call (g++ 12).
    struct read_options {
        std::span<std::byte> into;
        int mark = 1;                           ///< bytes worth waking for ...
        std::chrono::microseconds patience{0};  ///< ... but do not wait longer than this for them
    };
    /// Reads once, at least one byte; 0 is the clean end of the connection. With TLS mark and patience are ignored, and
    /// an end without close_notify counts as a clean end: the response's length or last chunk shows if it was cut.
    /// Errors: connection_lost, cancelled, or the deadline's; tls_failed if the only data is the server's refusal of
    /// the handshake (TLS 1.3 checks a client's certificate after the handshake).
    task<result<std::size_t>> read(read_options how);

    /// The same in three steps, for frequent reads; creates no coroutine and allocates nothing:
    /// \code
    ///   c.begin_read(how);
    ///   auto reading = c.reading();
    ///   auto const [ec, n] = co_await std::move(reading);
    ///   auto const got = c.end_read(ec, n);
    /// \endcode
    /// Asio schedules each operation, even if its bytes have already arrived, so a fast server does not starve the
    /// others. Check for cancellation of the coroutine before begin_read().
    void begin_read(read_options how);
    /// Await once after each begin_read().
    auto reading() {
        return boost::asio::async_initiate<decltype(use_task_tuple), void(boost::system::error_code, std::size_t)>(
            read_initiation(*this), use_task_tuple);
    }
    struct read_step {
        std::size_t bytes = 0;
        bool ended = false;  ///< the clean end; neither bytes nor end: nothing has arrived yet, read again
    };
    result<read_step> end_read(boost::system::error_code ec, std::size_t n);
    /// Reads what has arrived, once and without waiting. A step with neither bytes nor end: nothing has arrived, or the
    /// connection uses TLS.
    result<read_step> read_arrived(std::span<std::byte> into);

    /// Calls abandon(late) after `limit`, until it is cleared or set again.
    void set_deadline(errc late, std::chrono::milliseconds limit);
    void clear_deadline() noexcept { deadline_.clear(); }

    /// Closes immediately; the current operation and later ones end with this code. Only the first call has an effect.
    void abandon(errc why) noexcept;
    bool abandoned() const noexcept { return why_ != errc{}; }

    /// True if neither bytes nor the end have arrived. One system call, with TLS sometimes a few.
    bool is_quiet() noexcept;

    std::chrono::steady_clock::time_point idle_since{};  ///< for the pool

private:
    using address = boost::asio::ip::address;

    /// What the awaiter of a read waits for.
    enum class read_wait { bytes, readable, writable, turn };
    class read_initiation {
    public:
        explicit read_initiation(connection& c) noexcept : of_(&c) {}
        template <class Handler>
        void operator()(Handler&& handler) const {
            auto& c = *of_;
            if (c.waits_ == read_wait::bytes)
                return c.socket_.async_read_some(boost::asio::mutable_buffer(c.into_.data(), c.into_.size()),
                                                 std::forward<Handler>(handler));
            if (c.waits_ == read_wait::turn)
                return boost::asio::post(
                    c.socket_.get_executor(),
                    boost::asio::append(std::forward<Handler>(handler), boost::system::error_code(), std::size_t{0}));
            c.socket_.async_wait(c.waits_ == read_wait::readable ? tcp_socket::wait_read : tcp_socket::wait_write,
                                 boost::asio::append(std::forward<Handler>(handler), std::size_t{0}));
        }

    private:
        connection* of_;
    };

    task<result<void>> connect_by_name(std::string host, std::uint16_t port, resolver& names);
    task<result<address>> connect_any(std::vector<address> found, std::uint16_t port);
    task<result<void>> shake_hands(tls_context& tls, std::string host);
    task<result<void>> write_secure(std::string_view head, std::string_view body, std::chrono::milliseconds limit);
    task<result<void>> wait_secure_readable();
    void begin_secure_read();
    result<read_step> end_secure_read(boost::system::error_code ec);
    task<result<void>> wait_for(boost::asio::socket_base::wait_type what, stage where);
    error secure_end(stage where);
    error lost_to(errc why, stage where, std::string_view words);
    void close() noexcept;
    bool stopped(boost::asio::cancellation_state const& slot) noexcept;
    error lost(boost::system::error_code ec, stage where, std::string_view doing);
    std::size_t take(std::span<std::byte> into, boost::system::error_code& ec) noexcept;
    void set_mark(int bytes) noexcept;
    void patience_ends();

    tcp_socket socket_;
    std::unique_ptr<tls_stream> tls_;
    timer gate_;  // for waiting on a name look-up and on a race of addresses
    time_limit deadline_;
    time_limit pace_;
    std::string peer_;
    std::span<std::byte> into_;  // of the current read
    std::chrono::microseconds patience_{0};
    std::size_t arrived_ = 0;  // TLS: bytes of the current read, before its turn
    read_wait waits_ = read_wait::bytes;
    errc late_{};
    errc why_{};
    int mark_ = 1;
    pid_t owner_ = 0;  // the process that connected
    bool patience_over_ = false;
};

}  // namespace aisle::http

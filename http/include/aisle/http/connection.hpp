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

/// One TCP connection, with TLS over it or not, and what keeps its operations from lasting for ever. Operations are
/// awaited one at a time.
///
/// Stays at one address, so that a pool can list it and time limits can name it. An operation that fails closes the
/// connection: what a half-done read or write leaves behind is of no use. From then on every operation gives the same
/// code. One thread, the executor's.
class connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// `deadlines` is the clock of the limits below, `pace` the one of patience.
    connection(executor ex, std::shared_ptr<limit_clock> const& deadlines, std::shared_ptr<limit_clock> const& pace);
    /// Closes.
    ~connection();

    /// Resolves and connects; a numeric host needs no resolver. The addresses of a name are raced (connect_race): the
    /// first that connects is taken. Where all that were known from before fail, the name is looked up anew. Sets
    /// TCP_NODELAY. For https also the handshake, as `tls` says; `limit` is for all of it. `names` and `tls` must live
    /// as long. Errors: resolve_failed, connect_failed (also when the connection ends within the handshake),
    /// tls_failed, connect_timeout, cancelled.
    task<result<void>> connect(url to, resolver& names, tls_context& tls, std::chrono::milliseconds limit);

    /// Writes all of both, in one system call if the socket takes them; they stay where they are meanwhile. `limit` is
    /// for each rest within it. Errors: connection_lost, idle_timeout, cancelled. A lost connection is not closed:
    /// what the server had to say before it stopped listening may still be there to read. With TLS the first bytes are
    /// copied, to go in one record.
    task<result<void>> write(std::string_view head, std::string_view body, std::chrono::milliseconds limit);

    /// How long the network takes to and fro, as TCP has measured it so far: by the connecting alone, at first. 0 where
    /// that is not known.
    std::chrono::microseconds round_trip() noexcept;

    /// Waits until there is anything to read, the end included. Errors: cancelled, or the deadline's; with TLS what
    /// read() has.
    task<result<void>> wait_readable();

    /// How to read; to be named before the call (g++ 12).
    struct read_wish {
        std::span<std::byte> into;
        int mark = 1;                           ///< bytes worth waking for ...
        std::chrono::microseconds patience{0};  ///< ... but wait for so many no longer than this
    };
    /// Reads once, at least one byte; 0 is the clean end of the connection. With TLS mark and patience are not heeded,
    /// and an end without TLS's own mark of it is an end like any other: an answer's length or last chunk tells a cut.
    /// Errors: connection_lost, cancelled, or the deadline's; tls_failed when all that comes is the server's refusal of
    /// the handshake (TLS 1.3 checks a client's certificate so late).
    task<result<std::size_t>> read(read_wish wish);

    /// The same for whoever reads often, in three steps, none of which makes a coroutine or allocates:
    /// \code
    ///   c.begin_read(wish);
    ///   auto reading = c.reading();
    ///   auto const [ec, n] = co_await std::move(reading);
    ///   auto const got = c.end_read(ec, n);
    /// \endcode
    /// Asio gives each operation its turn, also one whose bytes are here: a fast server does not keep the others from
    /// theirs. Whether the coroutine was cancelled is to be looked at before begin_read().
    void begin_read(read_wish wish);
    /// To be awaited once after each begin_read().
    auto reading() {
        return boost::asio::async_initiate<decltype(use_task_tuple), void(boost::system::error_code, std::size_t)>(
            read_initiation(*this), use_task_tuple);
    }
    struct read_step {
        std::size_t bytes = 0;
        bool ended = false;  ///< the clean end; neither bytes nor that: nothing has come yet, read again
    };
    result<read_step> end_read(boost::system::error_code ec, std::size_t n);

    /// Until it is cleared or set anew: abandon(late) once `limit` has passed.
    void set_deadline(errc late, std::chrono::milliseconds limit);
    void clear_deadline() noexcept { deadline_.clear(); }

    /// Closes, now; the operation under way and later ones end with this code. The first call counts.
    void abandon(errc why) noexcept;
    bool abandoned() const noexcept { return why_ != errc{}; }

    /// True while nothing has come and nothing has ended. One system call, with TLS sometimes a few.
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
    timer gate_;  // what a name's look-up and a race of addresses are awaited on
    time_limit deadline_;
    time_limit pace_;
    std::string peer_;
    std::span<std::byte> into_;  // of the read under way
    std::chrono::microseconds patience_{0};
    std::size_t arrived_ = 0;  // TLS: of the read under way, before its turn
    read_wait waits_ = read_wait::bytes;
    errc late_{};
    errc why_{};
    int mark_ = 1;
    pid_t owner_ = 0;  // the process that connected
    bool patience_over_ = false;
};

}  // namespace aisle::http

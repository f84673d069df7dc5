#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/body_source.hpp>
#include <aisle/http/connection.hpp>
#include <aisle/http/tls.hpp>
#include <aisle/http/url.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/result.hpp>
#include <aisle/slab.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::http {

class client_core;
class exchange;

/// Tunables of a client. The defaults suit AIStore.
struct client_options {
    /// Timeout of resolving and connecting together, for all addresses of a host. They are raced: the next one is tried
    /// 250 ms after one that does not respond, or immediately after one that fails. Names are looked up once a minute.
    std::chrono::milliseconds connect_timeout{10'000};
    /// From the request's last byte to the end of the response's head. Must exceed AIStore's own timeout for a lost
    /// peer, which is 6 waits of 20 s plus one second.
    std::chrono::milliseconds first_byte_timeout{150'000};
    /// Timeout between two bytes of a response, and between two writes of a request.
    std::chrono::milliseconds idle_timeout{150'000};
    /// Maximum exchanges in progress with one host:port; further ones wait in FIFO order.
    unsigned connections_per_host = 256;
    /// Idle kept-alive connections are closed after this time; AIStore closes them after 30 s. Those closed by the
    /// server are noticed within two seconds.
    std::chrono::milliseconds keep_alive{25'000};
    unsigned max_redirects = 5;
    /// Capacity of the slabs for responses; larger payloads get larger ones. Small enough for the slabs of several
    /// connections to stay in the cache: 1 MiB cost a tenth more CPU at 10 KiB samples (bench_http_drain).
    std::size_t slab_bytes = 256 * 1024;
    /// Maximum bytes per socket read.
    std::size_t read_bytes = 256 * 1024;
    std::string user_agent = "aisle/0.1";
    /// Settings for https servers.
    tls_settings tls = {};
};

/// A header field of a request. Neither part may contain CR, LF or NUL.
struct field {
    std::string name;
    std::string value;
};

/// A request. Name it before moving it into open(): g++ 12 mishandles aggregate temporaries in co_await.
struct request {
    std::string method = "GET";
    url target;
    std::string_view content_type;            ///< omitted if empty; outlives the request, as a literal does
    std::shared_ptr<std::string const> body;  ///< null: none; shared, because a redirect and a retry send it again
    /// Replaces `body`; read while it is sent. Null: none.
    std::shared_ptr<body_source> source = {};
    /// Fields besides Host, User-Agent, Accept-Encoding (identity), Content-Type and Content-Length. A redirect to
    /// another origin keeps only those allowed by may_follow(): not Authorization.
    std::vector<field> extra;
    bool follow_redirects = true;  ///< false: a redirect is returned like any other response
    /// client_options::connect_timeout and first_byte_timeout for this request, more than 0; nullopt: the client's.
    /// They restart for each hop of a redirect, and for the fresh connection that replaces a stale one. Like the
    /// client's own, up to 200 ms late.
    std::optional<std::chrono::milliseconds> connect_timeout = {};
    std::optional<std::chrono::milliseconds> first_byte_timeout = {};
    /// The same for client_options::idle_timeout, for the body of the answer.
    std::optional<std::chrono::milliseconds> idle_timeout = {};
};

/// Counters since the client was created; idle and leased are current values.
struct client_stats {
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_reused = 0;
    std::uint64_t stale_retries = 0;  ///< exchanges repeated because a kept-alive connection had died
    std::uint64_t redirects = 0;
    std::uint64_t bytes_read = 0;  ///< including heads and chunk lines
    std::uint64_t reads = 0;       ///< socket reads that returned bytes
    /// The network's round trip for new connections, smoothed; 0 before the first.
    std::chrono::nanoseconds round_trip{0};
    std::size_t idle = 0;
    std::size_t leased = 0;

    void note_round_trip(std::chrono::nanoseconds seen) noexcept {
        round_trip = round_trip.count() == 0 ? seen : round_trip + (seen - round_trip) / 8;
    }
};

/// A response whose head has been read. Move-only; owns its connection until the response is complete.
///
/// Destroying an unfinished response closes its connection, because a half-read one cannot be reused; the connection of
/// a finished one is already back in the pool. Keeps the required parts of its client alive. One thread: the client's.
/// A moved-from response may only be assigned to or destroyed.
class response {
public:
    explicit response(std::unique_ptr<exchange> e) noexcept;
    response(response&&) noexcept;
    response& operator=(response&&) noexcept;
    ~response();

    int status() const noexcept;
    /// The value of the first field with this name; empty if there is none. Case-insensitive. Valid while the response
    /// lives.
    std::string_view header(std::string_view name) const noexcept;
    /// The URL that responded, after redirects: the designated target.
    url const& final_url() const noexcept;

    /// Reads the socket once (not if parsed bytes are already available) and parses what arrived.
    ///
    /// Afterwards pieces() are the body bytes read, possibly none. `hold` describes a payload that is not complete yet:
    /// its bytes lie in slab() and must stay contiguous with the next ones, so if these do not fit, they are moved to
    /// another slab, hold.bytes is relocated, and slab() changes. Neither `hold` nor this response may be moved until
    /// read() is done. Do not call during a pending read().
    ///
    /// Errors: cancelled, connection_lost, idle_timeout, truncated_body, trailing_data, bad_http, limit_exceeded (no
    /// memory for a held payload); offset is in body bytes. After an error or a cancellation the connection is closed
    /// and every further read() returns the same error. At the end of the response: complete(), no pieces.
    task<result<void>> read(partial_payload& hold);

    /// The same in steps, for frequent reads: creates no coroutine and allocates nothing.
    /// \code
    ///   if (answer.begin_read(hold)) {
    ///       auto reading = answer.reading();
    ///       auto const [ec, n] = co_await std::move(reading);
    ///       answer.end_read(ec, n);
    ///   }
    ///   if (auto const* why = answer.failure()) ...
    /// \endcode
    /// begin_read() returns false if there is nothing to wait for. Check for cancellation of the coroutine before each
    /// call; a signal during the wait is an error, as in read().
    bool begin_read(partial_payload& hold);
    auto reading() { return wire().reading(); }
    void end_read(boost::system::error_code ec, std::size_t n);
    /// Reads what has arrived, once and without waiting, like begin_read() to end_read(). False if nothing has arrived,
    /// and always with TLS.
    bool read_arrived(partial_payload& hold);
    /// True if the newest read returned so much that more has probably arrived since.
    bool expects_more() const noexcept;
    /// The error that ended the exchange; null if there is none.
    error const* failure() const noexcept;

    /// The body bytes of the last read(), in order, each inside slab(). Writable, so that runs may be joined in place.
    /// Valid until the next read().
    std::span<std::span<std::byte> const> pieces() const noexcept;
    /// The slab of pieces(); null after drain(). Copy it to keep the bytes; they are not overwritten while copies
    /// exist.
    slab_ref const& slab() const noexcept;
    /// The message ended with its final chunk or its declared length, nothing follows, and all of its body has been
    /// returned: there is nothing more to read.
    bool complete() const noexcept;

    /// How long a read may wait for more than the first bytes: it returns when a fair amount has arrived or `patience`
    /// has passed since it began. Saves reads if several responses are in flight; costs up to `patience` for each read
    /// that little follows. Zero, the default: returns the first bytes immediately. The end of the connection is always
    /// seen immediately.
    void set_patience(std::chrono::microseconds patience) noexcept;

    /// Reads and drops the rest of a small body, such as a redirect's, so that the connection is free for the next
    /// request. The response then holds no slab; status(), header() and final_url() stay. If more than 64 KiB are left,
    /// or reading fails, the connection is closed. Afterwards there is nothing to read: complete(), or the error. Do
    /// not call during a pending read().
    task<void> drain();

    /// Ends a pending read() or drain() with errc::cancelled, and the exchange too.
    void cancel() noexcept;

private:
    connection& wire() noexcept;

    std::unique_ptr<exchange> exchange_;
};

/// An HTTP/1.1 client: kept-alive connections per host, redirects, deadlines. All calls are made on the one thread of
/// its executor's io_context, which the client must not outlive. The pool must outlive the client, its responses and
/// pending operations.
///
/// Every operation can also be cancelled by its coroutine's cancellation slot (terminal); it then ends with
/// errc::cancelled.
class client {
public:
    /// Throws aisle::exception (invalid_argument) if a file of options.tls cannot be used.
    client(executor ex, slab_pool& slabs, client_options options = {});
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    /// Calls close().
    ~client();

    /// Leases or opens a connection, sends the request in one write, reads the head of the response, follows redirects.
    /// A kept-alive connection that dies before the first byte of a response is replaced once by a fresh one, unless
    /// the method is POST or PATCH, which the server may have executed (RFC 9110, section 9.2.2).
    ///
    /// Any final status is a success here. Errors: cancelled, invalid_argument, resolve_failed, connect_failed,
    /// connect_timeout, tls_failed, connection_lost, first_byte_timeout, idle_timeout, bad_http, unframed_body,
    /// bad_redirect, too_many_redirects, unsupported.
    task<result<response>> open(request r);

    /// open() for one hop: sends r to `at`; ignores r.target and r.follow_redirects. A redirect is returned like any
    /// other response. r must not be moved or destroyed until this completes.
    task<result<response>> ask(request const& r, url at);

    /// Closes every connection, idle and leased; current and later operations end with errc::cancelled.
    void close();

    client_stats stats() const;
    /// The clock of the responses' patience, for other time limits of that length.
    std::shared_ptr<limit_clock> const& pace() const noexcept;

private:
    std::shared_ptr<client_core> core_;
};

}  // namespace aisle::http

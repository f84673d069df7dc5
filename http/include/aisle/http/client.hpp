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
    /// For resolving and connecting together, all addresses of a host included. They are raced: another one is started
    /// 250 ms after one that does not answer, at once after one that fails. Names are looked up once a minute.
    std::chrono::milliseconds connect_timeout{10'000};
    /// From the request's last byte to the end of the answer's head. Must exceed AIStore's own verdict on a lost
    /// peer, which comes after 6 waits of 20 s and one more second.
    std::chrono::milliseconds first_byte_timeout{150'000};
    /// Longest rest within an answer, and within the writing of a request.
    std::chrono::milliseconds idle_timeout{150'000};
    /// Exchanges at one time with one host:port; further ones wait in a fair queue.
    unsigned connections_per_host = 256;
    /// Kept-alive connections idle for longer are closed; AIStore closes them at 30 s. Those that the server has closed
    /// are noticed within two seconds.
    std::chrono::milliseconds keep_alive{25'000};
    unsigned max_redirects = 5;
    /// Capacity of the slabs that answers are read into; larger payloads get larger ones. Small enough for several
    /// connections' slabs to stay in the cache: 1 MiB cost a tenth more CPU at 10 KiB samples (bench_http_drain).
    std::size_t slab_bytes = 256 * 1024;
    /// Most bytes taken from a socket at once.
    std::size_t read_bytes = 256 * 1024;
    std::string user_agent = "aisle/0.1";
    /// How https servers are spoken to and whom to believe.
    tls_settings tls = {};
};

/// A header field of a request. Neither part may hold CR, LF or NUL.
struct field {
    std::string name;
    std::string value;
};

/// What to ask. Name it before moving it into open(): g++ 12 mishandles aggregate temporaries in co_await.
struct request {
    std::string method = "GET";
    url target;
    std::string content_type;                 ///< left out when empty
    std::shared_ptr<std::string const> body;  ///< null: none; shared, as a redirect and a retry send it again
    /// The body instead of `body`, read as it is sent. Null: none.
    std::shared_ptr<body_source> source = {};
    /// Fields beyond Host, User-Agent, Accept-Encoding (identity), Content-Type and Content-Length. A redirect to
    /// another origin takes only those along that may_follow(): Authorization stays behind.
    std::vector<field> extra;
    bool follow_redirects = true;  ///< false: a redirect is an answer like any other
    /// client_options::connect_timeout and first_byte_timeout for this request alone, more than 0; nothing: the
    /// client's. They begin anew for each hop of a redirect, and for the fresh connection that replaces a stale one.
    /// May be up to 200 ms late, as the client's own.
    std::optional<std::chrono::milliseconds> connect_timeout = {};
    std::optional<std::chrono::milliseconds> first_byte_timeout = {};
    /// client_options::idle_timeout likewise, for the body of the answer.
    std::optional<std::chrono::milliseconds> idle_timeout = {};
};

/// Counters since the client was made; idle and leased are now.
struct client_stats {
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_reused = 0;
    std::uint64_t stale_retries = 0;  ///< exchanges begun anew because a kept-alive connection had died
    std::uint64_t redirects = 0;
    std::uint64_t bytes_read = 0;  ///< heads and chunk lines included
    std::uint64_t reads = 0;       ///< socket reads that brought bytes
    /// The network's own, of new connections: smoothed, 0 before the first.
    std::chrono::nanoseconds round_trip{0};
    std::size_t idle = 0;
    std::size_t leased = 0;

    void note_round_trip(std::chrono::nanoseconds seen) noexcept {
        round_trip = round_trip.count() == 0 ? seen : round_trip + (seen - round_trip) / 8;
    }
};

/// An answer whose head has been read. Move-only; owns its connection until the answer is complete.
///
/// Destroying an unfinished answer closes its connection (a half-read one is of no use); the connection of a finished
/// one is already back in the pool. Keeps what it needs of its client alive. One thread: the client's.
/// A moved-from response may only be assigned to or destroyed.
class response {
public:
    explicit response(std::unique_ptr<exchange> e) noexcept;
    response(response&&) noexcept;
    response& operator=(response&&) noexcept;
    ~response();

    int status() const noexcept;
    /// The field's value, the first one when there are several; empty when there is none. Case-insensitive.
    /// Valid while the response lives.
    std::string_view header(std::string_view name) const noexcept;
    /// The URL that answered, after redirects: the designated target.
    url const& final_url() const noexcept;

    /// Reads the socket once (not at all when parsed bytes are already here) and parses what came.
    ///
    /// Afterwards pieces() are the body bytes it brought, possibly none. `hold` tells of a payload that is not whole
    /// yet: its bytes lie in slab() and must stay in front of what comes, so when they do not fit they are moved to
    /// another slab, hold.bytes is relocated, and slab() is another one from then on. `hold` and this response must
    /// stay where they are until read() is done. Not to be called while a read() is pending.
    ///
    /// Errors: cancelled, connection_lost, idle_timeout, truncated_body, trailing_data, bad_http, limit_exceeded (no
    /// memory for a held payload); offset is in body bytes. After an error, or a cancellation, the connection is
    /// closed and every further read() gives the same error. At the end of the answer: complete(), no pieces.
    task<result<void>> read(partial_payload& hold);

    /// The same in steps, for whoever reads often: no coroutine is made and nothing allocated.
    /// \code
    ///   if (answer.begin_read(hold)) {
    ///       auto reading = answer.reading();
    ///       auto const [ec, n] = co_await std::move(reading);
    ///       answer.end_read(ec, n);
    ///   }
    ///   if (auto const* why = answer.failure()) ...
    /// \endcode
    /// False where there is nothing to wait for. Whether the coroutine was cancelled is to be looked at before, each
    /// time; a signal while it waits is an error as with read().
    bool begin_read(partial_payload& hold);
    auto reading() { return wire().reading(); }
    void end_read(boost::system::error_code ec, std::size_t n);
    /// What ended the exchange; null while nothing did.
    error const* failure() const noexcept;

    /// The body bytes of the last read(), in order, each inside slab(). Writable, so that runs may be joined in place.
    /// Valid until the next read().
    std::span<std::span<std::byte> const> pieces() const noexcept;
    /// What pieces() lie in; null after drain(). Copy it to keep the bytes; while copies exist the bytes are not
    /// overwritten.
    slab_ref const& slab() const noexcept;
    /// The message is whole, its final chunk or its declared length seen with nothing after it, and all of its body has
    /// been given out: there is nothing more to read.
    bool complete() const noexcept;

    /// Waiting for more than the first bytes: a read then rests until a fair amount is here or `patience` has passed
    /// since it began, whichever is first. Saves reads when several answers are in flight; costs up to `patience`
    /// for each read that is not followed by much. Zero, the default: every byte at once. The end of the connection
    /// is seen at once either way.
    void set_patience(std::chrono::microseconds patience) noexcept;

    /// Reads what is left of a small body, such as a redirect's, and drops it: the connection is free for the next
    /// request, and the response holds no slab any more; status(), header() and final_url() stay. Where more than 64
    /// KiB are left, or reading fails, the connection is closed. Afterwards nothing is to be read: complete(), or the
    /// error. Not to be called while a read() is pending.
    task<void> drain();

    /// Ends a pending read() or drain() with errc::cancelled, and with it the exchange.
    void cancel() noexcept;

private:
    connection& wire() noexcept;

    std::unique_ptr<exchange> exchange_;
};

/// An HTTP/1.1 client: kept-alive connections per host, redirects, deadlines. Runs on the one thread of its executor's
/// io_context, all calls included, and must be destroyed before that io_context. The pool must outlive the client, its
/// responses and pending operations.
///
/// Every operation may also be cancelled by its coroutine's cancellation slot (terminal); it then ends with
/// errc::cancelled.
class client {
public:
    /// Throws aisle::exception (invalid_argument) when a file of options.tls cannot be used.
    client(executor ex, slab_pool& slabs, client_options options = {});
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    /// As close().
    ~client();

    /// Leases or opens a connection, sends the request in one write, reads the head of the answer, follows redirects.
    /// A kept-alive connection that dies before the first byte of an answer is replaced once by a fresh one, unless
    /// the method is POST or PATCH, which the server may have acted on (RFC 9110, section 9.2.2).
    ///
    /// Any final status is a success here. Errors: cancelled, invalid_argument, resolve_failed, connect_failed,
    /// connect_timeout, tls_failed, connection_lost, first_byte_timeout, idle_timeout, bad_http, unframed_body,
    /// bad_redirect, too_many_redirects, unsupported.
    task<result<response>> open(request r);

    /// Closes every connection, idle and leased; operations under way end with errc::cancelled, later ones too.
    void close();

    client_stats stats() const;

private:
    std::shared_ptr<client_core> core_;
};

}  // namespace aisle::http

#include "connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr auto token = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t max_discard_bytes = 256 * 1024;  // net/http: maxPostHandlerReadBytes
constexpr std::size_t kept_buffer_bytes = 1024 * 1024;
constexpr std::size_t object_piece_bytes = 128 * 1024;
constexpr std::chrono::seconds first_request_wait{16};  // AIStore behaviour
constexpr std::chrono::seconds write_wait{30};          // AIStore behaviour, streamingWriteTimeout
constexpr std::chrono::milliseconds hang_up_wait{500};  // net/http: rstAvoidanceDelay

}  // namespace

struct connection::text_sink : connection::sink {
    std::string text;
    bool take(std::span<char const> data) override {
        if (text.size() + data.size() > codec::max_json_bytes) return false;
        text.append(data.data(), data.size());
        return true;
    }
};

struct connection::upload_sink : connection::sink {
    std::unique_ptr<upload> data;
    std::optional<error> failure;
    bool take(std::span<char const> bytes) override {
        if (auto const kept = data->write(std::as_bytes(bytes)); !kept) failure = kept.error();
        return !failure;
    }
};

struct connection::discarding_sink : connection::sink {
    std::size_t left = max_discard_bytes;
    bool take(std::span<char const> data) override {
        if (data.size() > left) return false;
        left -= data.size();
        return true;
    }
};

connection::connection(asio::ip::tcp::socket socket, node const& at, services& everything, asio::ssl::context* tls)
    : socket_(std::move(socket)), node_(at), services_(everything), deadline_(clock::now() + first_request_wait) {
    if (tls) tls_.emplace(socket_, *tls);
    boost::system::error_code ec;
    socket_.set_option(asio::ip::tcp::no_delay(true), ec);
    if (auto const remote = socket_.remote_endpoint(ec); !ec) {
        auto const text = remote.address().to_string();
        remote_address_ = (remote.address().is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(remote.port());
    }
}

void connection::close() noexcept {
    boost::system::error_code ec;
    socket_.close(ec);
}

// Like a host whose process has ended.
void connection::reset() noexcept {
    boost::system::error_code ec;
    socket_.set_option(asio::socket_base::linger(true, 0), ec);
    close();
}

bool connection::is_dead() const noexcept {
    return node_.plays == role::target && services_.home.is_dead(node_.index);
}

awaitable<void> connection::run() {
    ++services_.home.counts().connections;
    if (is_dead()) co_return reset();
    auto const open = co_await handshake();
    if (!open) co_return close();
    // g++ 12 miscompiles a co_await in the condition of a loop, so this file avoids it.
    for (;;) {
        auto const goes_on = co_await serve_one();
        if (!goes_on) break;
        if (in_at_ == in_.size()) {
            in_.clear();
            in_at_ = 0;
            if (in_.capacity() > kept_buffer_bytes) in_.shrink_to_fit();
        }
        deadline_ = clock::now() + services_.home.options().idle_close;
    }
    co_await hang_up();
}

awaitable<bool> connection::handshake() {
    if (!tls_) co_return true;
    auto const [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
    co_return !ec;
}

// Closing a socket with unread bytes resets the connection, and the reset may overtake the response. So shut down
// sending, and read for a while.
awaitable<void> connection::hang_up() {
    boost::system::error_code ec;
    deadline_ = clock::now() + hang_up_wait;
    if (tls_) {
        co_await tls_->async_shutdown(token);
        co_return close();
    }
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    while (!ec) {
        auto const more = co_await read_more();
        if (!more) break;
        in_.clear();
        in_at_ = 0;
    }
    close();
}

// Returns the number of bytes written. Fewer than all means that the connection has ended.
awaitable<std::size_t> connection::write(asio::const_buffer what) {
    std::size_t sent = 0;
    if (tls_) {
        auto const [ec, n] = co_await asio::async_write(*tls_, what, token);
        sent = n;
    } else {
        auto const [ec, n] = co_await asio::async_write(socket_, what, token);
        sent = n;
    }
    co_return sent;
}

response connection::refusal(int status, std::string_view message) const {
    auto out = error_response(request_, node_.name, status, "", message);
    out.close = true;
    return out;
}

// False when the connection has ended.
awaitable<bool> connection::serve_one() {
    auto const begun = co_await read_head();
    if (!begun) co_return false;
    if (is_dead()) {
        reset();
        co_return false;
    }
    deadline_ = clock::now() + write_wait;
    auto const use = services::use_of_body(node_, request_);
    if (use == body_use::upload) {
        auto const keeps_open = co_await receive_upload();
        co_return keeps_open;
    }

    std::string body;
    auto const limit = use == body_use::text ? codec::max_json_bytes : max_discard_bytes;
    auto const unwanted = use == body_use::ignored && request_.expects_continue && request_.has_body();
    if (use == body_use::text && request_.content_length.value_or(0) > limit) {
        co_await send_response(refusal(413, "the body is larger than 64 MiB"));
        co_return false;
    }
    if (unwanted || request_.content_length.value_or(0) > limit) {
        request_.keep_alive = false;  // Go responds immediately and closes the connection instead of reading the body
    } else if (use == body_use::text) {
        text_sink to;
        auto const end = co_await read_body(&to);
        if (end != body_end::whole) co_return false;
        body = std::move(to.text);
    } else {
        discarding_sink to;
        auto const end = co_await read_body(&to);
        if (end != body_end::whole) request_.keep_alive = false;
    }

    auto what = services_.handle(node_, request_, std::move(body));
    bool keeps_open = false;
    if (auto* small = std::get_if<response>(&what)) {
        keeps_open = co_await send_response(std::move(*small));
    } else if (auto* object = std::get_if<object_answer>(&what)) {
        keeps_open = co_await send_object(std::make_unique<object_answer>(std::move(*object)));
    } else if (std::holds_alternative<silence>(what)) {
        co_await fall_silent();
    } else {
        keeps_open = co_await send_batch(std::move(std::get<std::unique_ptr<batch_answer>>(what)));
    }
    co_return keeps_open;
}

awaitable<bool> connection::receive_upload() {
    auto begun = services_.objects().begin_put(node_, request_);
    response result;
    if (auto* refused = std::get_if<response>(&begun)) {
        result = std::move(*refused);
        result.close = true;
    } else {
        upload_sink to;
        to.data = std::move(std::get<std::unique_ptr<upload>>(begun));
        auto const end = co_await read_body(&to);
        if (to.failure) {
            auto const full = to.failure->code == errc::limit_exceeded;
            result = refusal(full ? 507 : 400, to.failure->text);
        } else if (end != body_end::whole) {
            co_return false;
        } else {
            result = services_.objects().end_put(node_, request_, *to.data);
        }
    }
    auto const keeps_open = co_await send_response(std::move(result));
    co_return keeps_open;
}

// Until the other side closes.
awaitable<void> connection::fall_silent() {
    deadline_ = clock::time_point::max();
    for (;;) {
        auto const more = co_await read_more();
        if (!more) co_return;
        in_.clear();
        in_at_ = 0;
    }
}

awaitable<void> connection::rest(std::chrono::milliseconds pause) {
    if (pause.count() == 0) co_return;
    deadline_ = clock::time_point::max();
    asio::steady_timer timer(socket_.get_executor(), pause);
    co_await timer.async_wait(token);
}

awaitable<bool> connection::send_response(response what) {
    co_await rest(what.delay);
    what.close = what.close || !request_.keep_alive;
    auto const keeps_open = !what.close;
    out_.restart(chunked_body::framing::none);
    out_.head(response_text(what, request_.method == "HEAD"));
    out_.finish();
    auto const sent = co_await send_ready(0);
    co_return sent&& keeps_open;
}

awaitable<bool> connection::send_object(std::unique_ptr<object_answer> what) {
    co_await rest(what->delay);
    out_.restart(chunked_body::framing::none);
    out_.head(what->head);
    for (std::uint64_t done = 0; done < what->size;) {
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(object_piece_bytes, what->size - done));
        auto const place = out_.reserve(n);
        auto const read = what->object.read(what->offset + done, place.first);
        if (read != n) {
            co_await send_ready(n - read);  // the object shrank, or its shard is truncated: the body ends early
            co_return false;
        }
        done += n;
        auto const sent = co_await send_ready(0);
        if (!sent) co_return false;
    }
    auto const sent = co_await send_ready(0);
    co_return sent&& request_.keep_alive;
}

awaitable<bool> connection::send_batch(std::unique_ptr<batch_answer> what) {
    using next = batch_answer::next;
    for (;;) {
        auto const step = what->produce(out_);
        if (is_dead()) {
            reset();
            co_return false;
        }
        auto const keep = step.what == next::rest ? out_.resting_bytes() : 0;
        auto const sent = co_await send_ready(keep);
        if (!sent) co_return false;
        switch (step.what) {
            case next::more: break;
            case next::finished: co_return request_.keep_alive;
            case next::close: co_return false;
            case next::rest: co_await rest(step.pause); break;
            case next::stall: co_await fall_silent(); co_return false;
        }
    }
}

awaitable<bool> connection::send_ready(std::size_t keep_bytes) {
    auto const ready = out_.ready();
    auto const n = ready.size() - keep_bytes;
    if (n == 0) co_return true;
    deadline_ = clock::now() + write_wait;
    auto const sent = co_await write(asio::buffer(ready.data(), n));
    services_.home.counts().bytes_sent += sent;
    out_.sent(n);
    co_return sent == n;
}

}  // namespace aisle::playground

// Members of class connection that receive heads and bodies of requests.

#include "connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::playground {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr auto token = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t max_head_bytes = 1024 * 1024;  // net/http: DefaultMaxHeaderBytes
constexpr std::size_t max_line_bytes = 4096;         // limit for a chunk size or a trailer field
constexpr std::chrono::seconds write_wait{30};       // AIStore behaviour, streamingWriteTimeout

}  // namespace

awaitable<bool> connection::read_more() {
    if (in_at_ > read_bytes && in_at_ > in_.size() / 2) {
        in_.erase(0, in_at_);
        in_at_ = 0;
    }
    auto const had = in_.size();
    in_.resize(had + read_bytes);
    std::size_t got = 0;
    auto const place = asio::buffer(in_.data() + had, read_bytes);
    if (tls_) {
        auto const [ec, n] = co_await tls_->async_read_some(place, token);
        got = ec ? 0 : n;
    } else {
        auto const [ec, n] = co_await socket_.async_read_some(place, token);
        got = ec ? 0 : n;
    }
    in_.resize(had + got);
    co_return got > 0;
}

awaitable<bool> connection::read_head() {
    std::size_t searched = 0;
    for (;;) {
        // Skip empty lines before a request (RFC 9112, section 2.2).
        while (searched == 0 && (unread().starts_with("\r\n") || unread().starts_with("\n")))
            in_at_ += unread().front() == '\r' ? 2 : 1;
        auto const end = unread().find("\r\n\r\n", searched);
        if (end != std::string_view::npos) {
            auto parsed = parse_request_head(unread().substr(0, end + 4));
            in_at_ += end + 4;
            ++services_.home.counts().requests;
            if (!parsed) {
                co_await send_response(refusal(400, parsed.error().text));
                co_return false;
            }
            request_ = std::move(*parsed);
            request_.remote_address = remote_address_;
            co_return true;
        }
        if (unread().size() > max_head_bytes) {
            co_await send_response(refusal(431, "the head of the request is larger than 1 MiB"));
            co_return false;
        }
        searched = std::max<std::size_t>(unread().size(), 3) - 3;
        auto const more = co_await read_more();
        if (!more) co_return false;
    }
}

// Passes `size` body bytes to the sink, those already received first.
awaitable<bool> connection::pass(std::uint64_t size, sink* to) {
    while (size > 0) {
        if (unread().empty()) {
            in_.clear();
            in_at_ = 0;
            auto const more = co_await read_more();
            if (!more) co_return false;
        }
        auto const part = unread().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, unread().size())));
        if (!to->take(part)) co_return false;
        in_at_ += part.size();
        size -= part.size();
        deadline_ = clock::now() + write_wait;
    }
    co_return true;
}

awaitable<bool> connection::read_line(std::string* line) {
    for (;;) {
        auto const end = unread().find('\n');
        if (end != std::string_view::npos) {
            *line = unread().substr(0, end);
            if (line->ends_with('\r')) line->pop_back();
            in_at_ += end + 1;
            co_return true;
        }
        if (unread().size() > max_line_bytes) co_return false;
        auto const more = co_await read_more();
        if (!more) co_return false;
    }
}

// RFC 9112, section 7.1
awaitable<connection::body_end> connection::read_chunked(sink* to) {
    std::string line;
    for (;;) {
        auto const sized = co_await read_line(&line);
        if (!sized) co_return body_end::broken;
        std::uint64_t size = 0;
        auto const [end, ec] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
        if (ec != std::errc{} || (end != line.data() + line.size() && *end != ';' && *end != ' '))
            co_return body_end::broken;
        if (size == 0) break;
        auto const passed = co_await pass(size, to);
        if (!passed) co_return body_end::too_large;
        auto const ended = co_await read_line(&line);
        if (!ended || !line.empty()) co_return body_end::broken;
    }
    do {
        auto const trailer = co_await read_line(&line);
        if (!trailer) co_return body_end::broken;
    } while (!line.empty());
    co_return body_end::whole;
}

awaitable<connection::body_end> connection::read_body(sink* to) {
    if (!request_.has_body()) co_return body_end::whole;
    if (request_.expects_continue && unread().empty()) {
        std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        auto const sent = co_await write(asio::buffer(go_on));
        if (sent < go_on.size()) co_return body_end::broken;
    }
    if (request_.chunked) {
        auto const end = co_await read_chunked(to);
        co_return end;
    }
    auto const passed = co_await pass(*request_.content_length, to);
    co_return passed ? body_end::whole : body_end::too_large;
}

}  // namespace aisle::playground

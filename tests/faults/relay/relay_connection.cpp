#include "relay_connection.hpp"

#include "rewrite.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace aisle::faults {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t max_head_bytes = 1024 * 1024;
constexpr std::uint64_t max_collected_bytes = 4 * 1024 * 1024;

bool has_ended(tcp::socket& side) {
    char one = 0;
    auto const n = ::recv(side.native_handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

relay_connection::relay_connection(tcp::socket client, node const& to, switchboard& home, std::uint64_t number)
    : client_(std::move(client), home.counts),
      upstream_(client_.socket().get_executor()),
      node_(to),
      home_(home),
      number_(number) {}

void relay_connection::abandon() noexcept {
    client_.abandon();
    close_by_reset(upstream_);
}

// If this side ends meanwhile, the other one is useless.
void relay_connection::watch(socket& side, phase during) {
    side.async_wait(tcp::socket::wait_read,
                    [self = shared_from_this(), &side, during](boost::system::error_code const& ec) {
                        if (ec || self->client_.abandoned() || self->phase_ != during || !has_ended(side)) return;
                        if (during == phase::answering) {
                            self->abandon();
                        } else {
                            boost::system::error_code ignored;
                            self->client_.socket().close(ignored);
                        }
                    });
}

awaitable<void> relay_connection::run() {
    auto const what = home_.current_plan();
    if (what->on_accept && what->on_accept(node_.number)) {
        ++home_.counts.accept_resets;
        abandon();
        co_return;
    }
    auto const [ec] = co_await upstream_.async_connect(node_.upstream, token);
    if (!ec) {
        boost::system::error_code ignored;
        upstream_.set_option(tcp::no_delay(true), ignored);
        // g++ 12 miscompiles a co_await in a loop's condition: do not use it in this file.
        for (;;) {
            auto const goes_on = co_await serve_one();
            if (!goes_on) break;
        }
    }
    abandon();
}

// False: the connection has ended, for the client too.
awaitable<bool> relay_connection::serve_one() {
    phase_ = phase::resting;
    watch(upstream_, phase::resting);
    auto request = co_await read_head(&client_.socket(), &from_client_);
    phase_ = phase::elsewhere;
    if (!request) co_return false;
    ++home_.counts.requests;
    if (request->field("Expect")) {
        std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        auto const [ec, n] = co_await asio::async_write(client_.socket(), asio::buffer(go_on), token);
        if (ec) co_return false;
        request->set_field("Expect", std::nullopt);
    }

    std::string body;
    auto const how = request->request_framing();
    auto const whole = how == framing::none || (how == framing::length && request->length() <= max_collected_bytes);
    body_meter meter(how, request->length());
    if (whole) {
        auto const came = co_await collect(&meter, &client_.socket(), &from_client_, &body);
        if (!came) co_return false;
    }

    fault spoilt;
    auto const what = home_.current_plan();
    if (what->on_request) {
        auto const target = request->word(1);
        spoilt = what->on_request({.node = node_.number,
                                   .connection = number_,
                                   .on_connection = requests_,
                                   .method = request->word(0),
                                   .target = target,
                                   .body = body,
                                   .redirected = target.find("pid=") != std::string_view::npos});
    }
    ++requests_;
    client_.begin(spoilt);
    if (spoilt.kind == fault_kind::drop) {
        client_.count_fault();
        co_await part(spoilt.by_reset);
        co_return false;
    }
    if (spoilt.kind == fault_kind::refuse) {
        auto const read = co_await pass_request_body(&meter, false);
        if (!read) co_return false;
        auto const stays = co_await refuse(&*request);
        co_return stays;
    }
    auto const text = request->text() + body;
    auto const [ec, n] = co_await asio::async_write(upstream_, asio::buffer(text), token);
    // A server that refuses early closes during the request: its answer may still be readable.
    if (!ec) co_await pass_request_body(&meter, true);
    auto const stays = co_await pass_answer(&*request);
    co_return stays;
}

// The rest of a body, passed on or not.
awaitable<bool> relay_connection::pass_request_body(body_meter* meter, bool onwards) {
    std::vector<body_meter::run> runs;
    while (!meter->ended()) {
        if (from_client_.empty()) {
            auto const more = co_await read_more(&client_.socket(), &from_client_);
            if (!more) co_return false;
        }
        runs.clear();
        auto const n = meter->take(from_client_, runs);
        if (onwards) {
            auto const [ec, written] =
                co_await asio::async_write(upstream_, asio::buffer(from_client_.data(), n), token);
            if (ec) co_return false;
        }
        from_client_.erase(0, n);
    }
    co_return true;
}

awaitable<bool> relay_connection::refuse(message_head const* request) {
    client_.count_fault();
    auto const answer = refusal(client_.spoilt_by(), request->word(0), request->word(1));
    auto const sent = co_await client_.write(answer);
    home_.counts.answers += sent;
    co_return sent;
}

awaitable<bool> relay_connection::pass_answer(message_head const* request) {
    phase_ = phase::answering;
    watch(client_.socket(), phase::answering);
    auto head = co_await read_head(&upstream_, &from_upstream_);
    while (head && head->status() < 200) head = co_await read_head(&upstream_, &from_upstream_);
    if (!head) {
        co_await part(false);
        co_return false;
    }
    auto const how = head->response_framing(request->word(0) == "HEAD");
    body_meter meter(how, head->length());
    std::string map;
    if (is_cluster_map(request->word(1)) && head->status() == 200 && how != framing::none) {
        auto const came = co_await collect(&meter, &upstream_, &from_upstream_, &map);
        if (!came) co_return false;
        map = rewrite_map(map, home_);
        head->set_field("Transfer-Encoding", std::nullopt);
        head->set_field("Content-Length", std::to_string(map.size()));
    }
    if (auto const to = head->field("Location")) head->set_field("Location", rewrite_url(*to, home_));

    auto const& spoilt = client_.spoilt_by();
    if (spoilt.kind == fault_kind::delay) {
        client_.count_fault();
        auto const goes_on = co_await client_.pause(spoilt.wait);
        if (!goes_on) co_return false;
    }
    std::string text = head->text() + map;
    std::vector<body_meter::run> payload;
    if (!map.empty()) payload.push_back({head->text().size(), map.size()});
    auto passed = co_await client_.send(text, &payload);
    if (passed) passed = co_await pass_body(&meter);
    phase_ = phase::elsewhere;
    if (!passed) co_return false;
    ++home_.counts.answers;
    auto const hangs_up = spoilt.kind == fault_kind::hang_up;
    if (hangs_up) client_.count_fault();
    if (hangs_up || how == framing::until_close || !head->keeps_alive()) {
        co_await part(hangs_up && spoilt.by_reset);
        co_return false;
    }
    co_return true;
}

awaitable<bool> relay_connection::pass_body(body_meter* meter) {
    std::vector<body_meter::run> payload;
    while (!meter->ended()) {
        if (from_upstream_.empty()) {
            auto const more = co_await read_more(&upstream_, &from_upstream_);
            if (!more) {
                // It ends where the node closed, cleanly; the client must judge.
                co_await part(false);
                co_return false;
            }
        }
        payload.clear();
        auto const n = meter->take(from_upstream_, payload);
        auto const sent = co_await client_.send(std::span(from_upstream_.data(), n), &payload);
        if (!sent) co_return false;
        from_upstream_.erase(0, n);
    }
    co_return true;
}

awaitable<void> relay_connection::part(bool by_reset) {
    phase_ = phase::elsewhere;
    close_by_reset(upstream_);
    co_await client_.end(by_reset);
}

awaitable<std::optional<message_head>> relay_connection::read_head(socket* from, std::string* into) {
    for (;;) {
        if (auto const end = into->find("\r\n\r\n"); end != std::string::npos) {
            message_head head(into->substr(0, end + 4));
            into->erase(0, end + 4);
            co_return head;
        }
        if (into->size() > max_head_bytes) co_return std::nullopt;
        auto const more = co_await read_more(from, into);
        if (!more) co_return std::nullopt;
    }
}

awaitable<bool> relay_connection::read_more(socket* from, std::string* into) {
    auto const had = into->size();
    into->resize(had + read_bytes);
    auto const [ec, n] = co_await from->async_read_some(asio::buffer(into->data() + had, read_bytes), token);
    into->resize(had + (ec ? 0 : n));
    co_return !ec && !client_.abandoned();
}

awaitable<bool> relay_connection::collect(body_meter* meter, socket* from, std::string* into, std::string* payload) {
    std::vector<body_meter::run> runs;
    while (!meter->ended()) {
        if (into->empty()) {
            auto const more = co_await read_more(from, into);
            if (!more) co_return false;
        }
        runs.clear();
        auto const n = meter->take(*into, runs);
        for (auto const& r : runs) payload->append(*into, r.begin, r.size);
        into->erase(0, n);
    }
    co_return true;
}

}  // namespace aisle::faults

#include "client_harness.hpp"

#include "support/soon.hpp"

#include <boost/asio/co_spawn.hpp>

#include <stdexcept>

namespace aisle::http::test {

using namespace std::chrono_literals;

client_options one_short(std::chrono::milliseconds client_options::* deadline) {
    client_options o;
    o.connect_timeout = 120s;
    o.first_byte_timeout = 120s;
    o.idle_timeout = 120s;
    o.*deadline = 200ms;
    return o;
}

client_harness::client_harness(client_options options)
    : client_(std::make_unique<http::client>(io_.get_executor(), slabs_, std::move(options))) {}

client_harness::~client_harness() = default;

void client_harness::start(std::function<task<void>()> coroutine) {
    ++running_;
    boost::asio::co_spawn(io_, std::move(coroutine), [this](std::exception_ptr thrown) {
        --running_;
        if (thrown) std::rethrow_exception(thrown);
    });
}

void client_harness::run() {
    io_.restart();
    auto const give_up = std::chrono::steady_clock::now() + 60s;
    while (running_ > 0 && std::chrono::steady_clock::now() < give_up) io_.run_one_for(1s);
    if (running_ > 0) throw std::runtime_error("the client hangs");
}

bool client_harness::run_until(std::function<bool()> const& holds) {
    return aisle::test::soon([&] {
        if (!holds()) run_for(5ms);
        return holds();
    });
}

task<outcome> client_harness::fetching(request r, std::chrono::microseconds patience) {
    outcome out;
    auto opening = client_->open(std::move(r));
    auto opened = co_await std::move(opening);
    if (!opened) {
        out.failure = opened.error();
        co_return out;
    }
    response answer = std::move(*opened);
    answer.set_patience(patience);
    out.status = answer.status();
    out.final_url = answer.final_url().origin() + answer.final_url().target();
    out.content_type = std::string(answer.header("Content-Type"));
    partial_payload nothing;
    while (!answer.complete()) {
        auto reading = answer.read(nothing);
        auto const read = co_await std::move(reading);
        if (!read) {
            out.failure = read.error();
            break;
        }
        for (auto const piece : answer.pieces()) {
            if (piece.data() < answer.slab()->data() ||
                piece.data() + piece.size() > answer.slab()->data() + answer.slab()->capacity())
                throw std::runtime_error("a piece lies outside its slab");
        }
        out.body += joined(answer.pieces());
    }
    co_return out;
}

outcome client_harness::fetch(request r) {
    outcome out;
    start([&]() -> task<void> {
        auto fetch = fetching(r);
        out = co_await std::move(fetch);
    });
    run();
    return out;
}

outcome client_harness::fetch(std::string const& url_text) {
    return fetch(get(url_text));
}

request get(std::string const& url_text) {
    request r;
    r.target = parse_url(url_text).value();
    return r;
}

request with_body(std::string const& url_text, std::string body, std::string method) {
    request r = get(url_text);
    r.method = std::move(method);
    r.content_type = "application/json";
    r.body = std::make_shared<std::string>(std::move(body));
    return r;
}

}  // namespace aisle::http::test

#include "client_harness.hpp"

#include <aisle/http/read_pacing.hpp>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

outcome fetch_patiently(client_harness& h, std::string const& url, std::chrono::microseconds patience) {
    outcome out;
    h.start([&]() -> task<void> {
        auto fetching = h.fetching(get(url), patience);
        out = co_await std::move(fetching);
    });
    h.run();
    return out;
}

}  // namespace

TEST_CASE("without patience a read returns with any byte; with patience, with a fair amount or all that is left") {
    read_pacing pacing;
    CHECK(pacing.mark(std::nullopt) == 1);
    CHECK(pacing.mark(1000) == 1);
    pacing.set_patience(1ms);
    CHECK(pacing.mark(std::nullopt) == read_pacing::fair_bytes);
    CHECK(pacing.mark(1 << 20) == read_pacing::fair_bytes);
    CHECK(pacing.mark(1000) == 1000);
    CHECK(pacing.mark(0) == 1);
    pacing.set_patience(0ms);
    CHECK(pacing.mark(std::nullopt) == 1);
}

TEST_CASE("with patience, many small writes need few reads") {
    std::string const body(400'000, 'x');
    for (auto const& answer : {chunked_answer(body, 2048), answer_of(body)}) {
        scripted_server server([&](peer& p) {
            while (!p.read_request().empty())
                if (!p.send_slowly(answer, 4096, 200us)) return;
        });
        client_harness h;
        // So long that it rarely runs out between two portions, on a busy machine either. It runs out at the end of the
        // chunked response, whose last bytes are no fair amount.
        CHECK(fetch_patiently(h, server.url(), 1s).body == body);
        auto const fair_amounts = answer.size() / read_pacing::fair_bytes;
        // Without patience there is a read for almost every portion, eight times as many.
        CHECK(h.client().stats().reads <= 2 * fair_amounts);
        CHECK(server.accepted() == 1);
    }
}

TEST_CASE("when patience runs out, a read returns what has arrived, at the end of a kept-alive response too") {
    std::string const body(5000, 'x');
    for (auto const& answer : {chunked_answer(body, 700), answer_of(body)}) {
        // A pause longer than the patience before each portion; the last portion has two bytes.
        scripted_server server([&](peer& p) {
            while (!p.read_request().empty())
                if (!p.send_slowly(answer, (answer.size() - 2) / 6, 15ms) || p.number() < 0) return;
        });
        client_harness h;
        for (auto const patience : {500us, 4000us, 14'900us, 15'100us, 40'000us})
            CHECK(fetch_patiently(h, server.url(), patience).body == body);
        CHECK(server.accepted() == 1);
    }
}

TEST_CASE("the end of the connection is detected at once, whatever the patience") {
    std::string const beginning = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf";
    for (bool const clean : {true, false}) {
        scripted_server server([&](peer& p) {
            p.read_request();
            p.send(beginning);
            std::this_thread::sleep_for(30ms);
            clean ? p.finish() : p.reset();
            p.wait_for_close();
        });
        client_harness h;
        auto const began = clock_type::now();
        auto const got = fetch_patiently(h, server.url(), 30s);
        CHECK(got.body == "half");
        CHECK(got.code() == (clean ? errc::truncated_body : errc::connection_lost));
        CHECK(clock_type::now() - began < 20s);
    }
}

TEST_CASE("with a known length, a read does not wait beyond the end of the response") {
    std::string const body(50'000, 'x');
    scripted_server server([&](peer& p) {
        while (!p.read_request().empty()) {
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n");
            p.send_slowly(body, 7000, 1ms);
        }
    });
    client_harness h;
    auto const began = clock_type::now();
    CHECK(fetch_patiently(h, server.url(), 30s).body == body);
    CHECK(clock_type::now() - began < 20s);
}

TEST_CASE("a connection used with patience can be reused without patience") {
    scripted_server server([](peer& p) {
        while (!p.read_request().empty()) p.send(chunked_answer("small", 2));
    });
    client_harness h;
    for (int i = 0; i < 10; ++i) CHECK(fetch_patiently(h, server.url(), i % 2 ? 0us : 10ms).body == "small");
    CHECK(server.accepted() == 1);
}

TEST_CASE("many concurrent responses with patience, split at random, all arrive") {
    std::string body(200'000, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 3);
    scripted_server server([&](peer& p) {
        auto const answer = chunked_answer(body, 3000);
        for (unsigned n = static_cast<unsigned>(p.number()); !p.read_request().empty();) {
            for (std::string_view rest = answer; !rest.empty();) {
                n = n * 1664525u + 1013904223u;
                auto const now = rest.substr(0, 1 + n % 60'000);
                if (!p.send(now)) return;
                rest.remove_prefix(now.size());
                if (n & (1u << 20)) std::this_thread::sleep_for(std::chrono::microseconds(n >> 22));
            }
        }
    });
    client_harness h;
    int good = 0;
    for (int i = 0; i < 16; ++i)
        h.start([&, i]() -> task<void> {
            for (int n = 0; n < 10; ++n) {
                auto fetching = h.fetching(get(server.url()), std::chrono::microseconds(i * 300));
                auto const got = co_await std::move(fetching);
                good += got.body == body;
            }
        });
    h.run();
    CHECK(good == 160);
}

// Cancelled and destroyed at every stage: nothing leaks, nothing hangs, nothing is called afterwards.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <http/scripted_server.hpp>
#include <mutex>
#include <string>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

TEST_CASE("a stream cancelled after any number of samples ends with cancelled") {
    cluster c(2'000, 10'240);
    engine e(c.for_engine());
    for (int stop_at : {0, 1, 2, 50, 99, 100, 101, 500}) {
        auto stream = e.open(endless_batches(100), {.in_flight = 8});
        for (int i = 0; i < stop_at; ++i) {
            auto const s = stream.next();
            REQUIRE(s);
            REQUIRE(is_right(*s));
        }
        stream.cancel();
        stream.cancel();
        while (stream.next()) {
        }
        auto const outcome = stream.finish();
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code == errc::cancelled);
    }
    // The engine still works.
    std::uint64_t seen = 0;
    for (auto const& s : e.get(made_up(0, 100))) seen += is_right(s);
    CHECK(seen == 100);
}

TEST_CASE("another thread may cancel a waiting consumer") {
    cluster c(10, 10'240);
    c.spoil("stall@1000");
    engine e(c.for_engine());
    auto stream = e.get(made_up(0, 10), once_each());
    std::thread other([&] {
        std::this_thread::sleep_for(50ms);
        stream.cancel();
    });
    CHECK(!stream.next());
    other.join();
}

TEST_CASE("an engine destroyed with 64 requests in flight returns immediately, and its streams end") {
    playground::server_options options;
    options.tail_delay = 30s;
    for (auto delay : {0ms, 1ms, 3ms, 10ms, 50ms}) {
        cluster c(6'400, 10'240, options);
        auto e = std::make_unique<engine>(c.for_engine());
        auto stream = e->open(made_up_batches(64, 100), {.in_flight = 64});
        std::this_thread::sleep_for(delay);
        auto const start = std::chrono::steady_clock::now();
        e.reset();
        CHECK(std::chrono::steady_clock::now() - start < 20s);  // much less than the tail
        while (stream.next()) {
        }
        CHECK(!stream.finish().has_value());
    }
}

TEST_CASE("an engine destroyed while it connects, redirects, waits and reads leaks nothing") {
    for (auto fault : {"", "stall@0", "stall@600", "stall@70000", "refuse-429", "abrupt@5000", "short@3"}) {
        cluster c(1'000, 10'240);
        c.spoil(fault);
        for (auto delay : {0us, 100us, 300us, 1000us, 3000us, 10'000us}) {
            std::atomic<bool> destroyed{false};
            std::atomic<int> late{0};
            std::promise<void> done;
            {
                engine e(c.for_engine());
                e.start(
                    made_up_batches(10, 100), {.in_flight = 4}, [&](sample) { late += destroyed; },
                    [&](result<summary>) {
                        late += destroyed;
                        done.set_value();
                    });
                std::this_thread::sleep_for(delay);
            }
            destroyed = true;
            CHECK(done.get_future().wait_for(0s) == std::future_status::ready);
            CHECK(late == 0);
        }
    }
}

TEST_CASE("streams dropped without cancel() are cancelled") {
    cluster c(2'000, 10'240);
    engine e(c.for_engine());
    for (int i = 0; i < 50; ++i) {
        auto stream = e.open(made_up_batches(20, 100), {.in_flight = 8});
        if (i % 3 == 1) REQUIRE(stream.next());
        if (i % 3 == 2) std::this_thread::sleep_for(1ms);
    }
    std::uint64_t seen = 0;
    for (auto const& s : e.get(made_up(0, 100))) seen += is_right(s);
    CHECK(seen == 100);
}

TEST_CASE("a source or a sink that throws ends its stream with its message") {
    cluster c(1'000, 1'000);
    engine e(c.for_engine());
    CHECK_THROWS_WITH(
        e.stream([]() -> std::optional<batch> { throw std::runtime_error("no more disk"); }, {}, [](sample) {}),
        "no more disk");

    CHECK_THROWS_WITH(e.stream(made_up_batches(10, 100), {}, [](sample) { throw std::runtime_error("full"); }), "full");

    std::promise<result<summary>> done;
    e.start(
        made_up_batches(10, 100), {}, [](sample) { throw std::runtime_error("full"); },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    auto const pushed = done.get_future().get();
    REQUIRE(pushed.has_error());
    CHECK(pushed.error().text.find("full") != std::string::npos);
}

TEST_CASE("several threads stream from one engine") {
    cluster c(5'000, 4'000);
    engine e(c.for_engine());
    std::atomic<std::uint64_t> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            auto const total =
                e.stream(made_up_batches(20, 50), {.in_flight = 4}, [&](sample s) { right += is_right(s); });
            right += total.has_value() ? 0 : 1'000'000;
        });
    for (auto& t : threads) t.join();
    CHECK(right == 4 * 1'000);
}

// AIStore behaviour: a redirect that is not followed occupies one of the target's 256 pending slots for minutes.
TEST_CASE("a redirect that arrives after its stream was cancelled is followed and closed") {
    using http::test::peer;
    std::mutex lock;
    std::string asked_of_target;
    std::atomic<bool> asked = false, cancelled = false;
    http::test::scripted_server target([&](peer& p) {
        auto const request = p.read_request();
        std::lock_guard const held(lock);
        asked_of_target += request;
    });
    http::test::scripted_server proxy([&](peer& p) {
        for (;;) {
            auto const request = p.read_request();
            if (request.empty()) return;
            if (request.find("/v1/ml/moss") == request.npos) {
                p.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            asked = true;
            while (!cancelled) std::this_thread::sleep_for(1ms);
            p.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:" + std::to_string(target.port()) +
                   "/v1/ml/moss/b/x/w/1\r\nContent-Length: 0\r\n\r\n");
        }
    });
    engine_options o;
    o.endpoint = "http://127.0.0.1:" + std::to_string(proxy.port());
    o.proxy_timeout = 60s;
    engine e(o);
    auto stream = e.open(made_up_batches(1, 10), once_each());
    while (!asked) std::this_thread::sleep_for(1ms);
    stream.cancel();
    CHECK(stream.finish().has_error());
    cancelled = true;
    CHECK(soon([&] {
        std::lock_guard const held(lock);
        return asked_of_target.find("GET /v1/ml/moss/b/x/w/1") != std::string::npos;
    }));
}

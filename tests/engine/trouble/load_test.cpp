// Several proxies, refusals, late targets, and too little memory.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <support/soon.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

stream_options promptly() {
    stream_options how;
    how.retry.first_wait = 1ms;
    how.retry.longest_wait = 20ms;
    return how;
}

}  // namespace

TEST_CASE("a proxy that does not answer is replaced by another") {
    cluster c(100, 1'000);
    auto o = c.for_engine();
    o.endpoint = "http://127.0.0.1:1, " + c.server.endpoint();
    o.shards = 1;  // each finds the fault out
    engine e(o);
    auto how = promptly();
    how.in_flight = 1;
    for (int again = 0; again < 3; ++again) {
        std::uint64_t right = 0;
        REQUIRE(e.stream(made_up_batches(20, 5), how, [&](sample s) { right += is_right(s); }).has_value());
        CHECK(right == 100);
    }
    auto const retries = e.stats().retries;
    CHECK(retries >= 1);
    CHECK(retries <= 20);  // only until the fault is known, and if the machine stalls: not for each of 60 batches
}

TEST_CASE("after refusals fewer requests are sent at once") {
    cluster c(2'000, 1'000);
    c.spoil("refuse-429x200");
    engine e(c.for_engine());
    auto how = promptly();
    how.in_flight = 32;
    std::uint64_t next = 0;
    auto const total = e.stream(made_up_batches(100, 20), how, [&](sample s) {
        REQUIRE(is_right(s));
        REQUIRE(s.batch() * 20 + s.index() == next++);
    });
    REQUIRE(total.has_value());
    CHECK(total->failed == 0);
    CHECK(c.server.stats().faults_applied == 200);
    // If the machine stalls, a request may be repeated before its refusal is read.
    CHECK(e.stats().refusals > 0);
    CHECK(e.stats().refusals <= 200);
    CHECK(e.stats().hedges == 0);
}

TEST_CASE("the server's Retry-After is respected") {
    cluster c(10, 1'000);
    c.spoil("refuse-503@1x1");  // Retry-After: 1
    engine e(c.for_engine());
    auto const began = std::chrono::steady_clock::now();
    std::uint64_t right = 0;
    REQUIRE(e.stream(made_up(0, 10), promptly(), [&](sample s) { right += is_right(s); }).has_value());
    CHECK(right == 10);
    CHECK(std::chrono::steady_clock::now() - began >= 1s);
}

TEST_CASE("a stalled answer is not awaited once typical times are known") {
    cluster c(20'000, 1'000);
    engine e(c.for_engine());
    auto how = promptly();
    how.in_flight = 4;
    std::uint64_t right = 0;
    auto const count = [&](sample s) { right += is_right(s); };
    REQUIRE(e.stream(made_up_batches(200, 50), how, count).has_value());
    c.spoil("stall@3000/10");
    auto const began = std::chrono::steady_clock::now();
    auto const total = e.stream(made_up_batches(200, 50), how, count);
    REQUIRE(total.has_value());
    CHECK(right == 20'000);
    CHECK(total->hedges >= 5);
    auto const s = e.stats();
    CHECK(s.hedges_won >= 5);
    // The slower one of a hedged pair is cancelled: no failure of its target.
    for (auto const& t : s.targets) CHECK(t.failures == 0);
    CHECK(std::chrono::steady_clock::now() - began < 120s);  // the idle timeout is 150 s
}

TEST_CASE("memory stays near its budget while the consumer sleeps, and nothing is lost") {
    cluster c(200, 1'000'000);
    auto o = c.for_engine();
    o.memory_budget_bytes = std::size_t{16} << 20;
    engine e(o);
    for (std::uint64_t per_batch : {std::uint64_t{1}, std::uint64_t{200}}) {
        INFO(per_batch);
        auto stream = e.open(made_up_batches(200 / per_batch, per_batch), {.in_flight = 64});
        std::uint64_t right = 0;
        std::size_t most = 0;
        while (auto s = stream.next()) {
            right += is_right(*s);
            if (right % 50 == 1) std::this_thread::sleep_for(300ms);
            most = std::max<std::size_t>(most, e.stats().slab_bytes_in_use);
        }
        CHECK(right == 200);
        CHECK(most <= o.memory_budget_bytes + (std::size_t{24} << 20));
        REQUIRE(stream.finish().has_value());
    }
}

TEST_CASE(
    "a consumer that keeps every sample does not make requests small, as samples it keeps are not in the budget") {
    for (bool const keeps : {false, true}) {
        INFO((keeps ? "keeps" : "drops"));
        cluster c(1'280, 100 << 10);
        auto o = c.for_engine();
        o.memory_budget_bytes = std::size_t{8} << 20;
        engine e(o);
        std::vector<sample> kept;
        auto stream = e.open(made_up_batches(10, 128), {.in_flight = 4, .retry = no_retry, .hedging = false});
        std::uint64_t next = 0;
        while (auto s = stream.next()) {
            REQUIRE(s->batch() * 128 + s->index() == next++);
            REQUIRE(is_right(*s));
            if (keeps) kept.push_back(std::move(*s));
        }
        auto const total = stream.finish();
        REQUIRE(total.has_value());
        CHECK(next == 1'280);
        CHECK(soon([&] { return e.stats().slab_bytes_in_use == 0; }));
        auto const seen = e.stats();
        // About 35: a batch is larger than the budget, and how it is split depends on the memory that is free at the
        // time. If kept samples were in the budget, each entry would be requested alone.
        CHECK(seen.requests <= 1'280 / 4);
        CHECK(seen.connections <= 64);
        for (auto const& s : kept) REQUIRE(is_right(s));
        if (keeps) CHECK(seen.held_bytes >= 1'280u * (100 << 10));
    }
}

TEST_CASE("samples that wait for the consumer count as the engine's memory, one by one") {
    constexpr std::uint64_t count = 400;
    cluster c(count, 200'000);
    auto o = c.for_engine();
    o.memory_budget_bytes = std::size_t{16} << 20;
    engine e(o);
    auto stream = e.open(made_up_batches(count / 20, 20), {.in_flight = 8, .hedging = false});
    std::vector<sample> kept;
    for (std::uint64_t n = 0; auto s = stream.next(); ++n) {
        kept.push_back(std::move(*s));
        if (n % 100 != 99) continue;
        std::this_thread::sleep_for(200ms);
        auto const seen = e.stats();
        CHECK(seen.slab_bytes_in_use <= (16u << 20) + (8u << 20));
        CHECK(seen.held_bytes + 1'000'000 >= kept.size() * 200'000);
        CHECK(seen.held_bytes <= 2 * kept.size() * 200'000 + 2'000'000);
    }
    CHECK(kept.size() == count);
}

TEST_CASE("finish() drops the remaining samples, even if they exceed the memory budget") {
    cluster c(40, 500'000);
    auto o = c.for_engine();
    o.memory_budget_bytes = std::size_t{1} << 20;
    engine e(o);
    stream_options how;
    how.run_timeout = 60s;
    for (int taken : {0, 3}) {
        auto stream = e.get(made_up(0, 40), how);
        for (int i = 0; i < taken; ++i) REQUIRE(is_right(*stream.next()));
        auto const total = stream.finish();
        REQUIRE(total.has_value());
        CHECK(total->delivered == 40);
    }
}

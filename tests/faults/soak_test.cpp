// Continuous faults, four consumers, everything checked: AISLE_SOAK_SECONDS (20), AISLE_SOAK_SEED (random).
#include "soak.hpp"

#include "relay/random_plan.hpp"
#include "relay_fixture.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <stop_token>
#include <support/soon.hpp>
#include <thread>
#include <utility>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

std::uint64_t environment(char const* name, std::uint64_t otherwise) {
    auto const* const said = std::getenv(name);
    return said == nullptr ? otherwise : std::strtoull(said, nullptr, 10);
}

/// Ends the faults at this time, unless it is destroyed before. Streams that are open then run to completion: while
/// faults continue, the engine does not believe a 404, so a missing entry takes minutes.
class calm_after {
public:
    calm_after(faults::relay& relay, std::chrono::steady_clock::time_point when)
        : waits_([&relay, when](std::stop_token const& over) {
              std::mutex mutex;
              std::unique_lock lock(mutex);
              std::condition_variable_any never;
              never.wait_until(lock, over, when, [] { return false; });
              if (!over.stop_requested()) relay.set_plan({});
          }) {}

private:
    std::jthread waits_;
};

std::string json(soak_tally const& t, std::vector<engine_stats> const& engines, faults::relay_stats const& relay) {
    auto const field = [](char const* name, std::uint64_t n) {
        return "\"" + std::string(name) + "\":" + std::to_string(n) + ",";
    };
    std::uint64_t requests = 0, refusals = 0, plain_gets = 0, won = 0;
    for (auto const& e : engines) {
        requests += e.requests;
        refusals += e.refusals;
        plain_gets += e.plain_gets;
        won += e.hedges_won;
    }
    return "{" + field("delivered", t.delivered) + field("missing", t.missing) + field("failed", t.failed) +
           field("wrong", t.wrong) + field("out_of_turn", t.out_of_turn) + field("lost", t.lost) +
           field("streams", t.streams) + field("retries", t.retries) + field("hedges", t.hedges) +
           field("hedges_won", won) + field("requests", requests) + field("refusals", refusals) +
           field("plain_gets", plain_gets) + field("faults", relay.all_faults()) + "\"relay\":" + relay.json();
}

// The servers' sides of connections close shortly after the clients'.
std::uint64_t settled_descriptors() {
    auto seen = open_descriptors();
    for (int same = 0; same < 20; ++same) {
        std::this_thread::sleep_for(25ms);
        if (auto const now = open_descriptors(); std::exchange(seen, now) != now) same = 0;
    }
    return seen;
}

void expect_at_rest(engine const& e) {
    CHECK(soon([&] { return e.stats().batches_in_flight == 0 && e.stats().slab_bytes_in_use == 0; }));
    CHECK(e.stats().batches_in_flight == 0);
    CHECK(e.stats().slab_bytes_in_use == 0);
}

}  // namespace

TEST_CASE("a soak with faults loses, repeats, swaps and leaks nothing") {
    auto const seconds = environment("AISLE_SOAK_SECONDS", 20);
    auto const seed = environment("AISLE_SOAK_SEED", std::random_device{}());
    relayed_cluster c(soak_objects, soak_object_bytes);
    // First everything once without faults, so that lasting allocations exist before anything is counted.
    auto options = c.for_engine();
    options.first_byte_timeout = options.idle_timeout = 1s;
    options.request_timeout = 5s;
    options.memory_budget_bytes = 64 << 20;
    {
        soak_tally warm;
        engine e(options);
        consume(e, consumer_kind::pull, seed, std::chrono::steady_clock::now() + 2s, warm);
        INFO(warm.first_words());
        REQUIRE(warm.bad() == 0);
    }
    REQUIRE(soon([&] { return c.relay.stats().open == 0; }));
    auto const descriptors = settled_descriptors();

    c.relay.set_plan(faults::random_plan({.seed = seed, .every = 200ms, .longest_wait = 1'500ms}));
    soak_tally tally;
    std::vector<engine_stats> stats;
    std::uint64_t warm_kib = 0;
    auto const began = std::chrono::steady_clock::now();
    auto const until = began + std::chrono::seconds(seconds);
    {
        calm_after const calm(c.relay, until + 10s);
        engine shared(options);
        engine own(options);
        std::vector<std::thread> consumers;
        consumers.emplace_back([&] { consume(shared, consumer_kind::pull, seed + 1, until, tally); });
        consumers.emplace_back([&] { consume(shared, consumer_kind::push, seed + 2, until, tally); });
        consumers.emplace_back([&] { consume(own, consumer_kind::callback, seed + 3, until, tally); });
        consumers.emplace_back([&] { consume(own, consumer_kind::slow_pull, seed + 4, until, tally); });
        std::this_thread::sleep_until(began + std::chrono::seconds(seconds) / 3);
        warm_kib = resident_kib();
        for (auto& one : consumers) one.join();
        expect_at_rest(shared);
        expect_at_rest(own);
        stats = {shared.stats(), own.stats()};
    }
    auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    CHECK(soon([&] { return c.relay.stats().open == 0 && open_descriptors() <= descriptors; }));
    auto const line = json(tally, stats, c.relay.stats()) + ",\"seed\":" + std::to_string(seed) +
                      ",\"seconds\":" + std::to_string(took) + ",\"rss_kib_at_a_third\":" + std::to_string(warm_kib) +
                      ",\"rss_kib\":" + std::to_string(resident_kib()) +
                      ",\"descriptors_before\":" + std::to_string(descriptors) +
                      ",\"descriptors\":" + std::to_string(open_descriptors()) + "}";
    std::printf("%s\n", line.c_str());
    INFO(line);
    INFO(tally.first_words());
    CHECK(tally.bad() == 0);
    CHECK(tally.delivered > 0);
    // About three a second. A fault that is due needs a connection or a response to act on, so there may be fewer.
    CHECK(c.relay.stats().all_faults() >= seconds);
    // Nothing hangs: streams that are open at the end run to completion, on any machine.
    CHECK(took < static_cast<double>(seconds) + 150);
#ifdef NDEBUG  // sanitizers delay frees, and find leaks themselves
    // Allocators keep some freed memory; a leak grows with time.
    CHECK(resident_kib() < warm_kib + 48 * 1024);
#endif
}

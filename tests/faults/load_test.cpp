// Slow consumers, small budgets, large batches, many requests.
#include "load.hpp"

#include "relay_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

std::chrono::seconds nap() {
    auto const* const said = std::getenv("AISLE_SLOW_CONSUMER_SECONDS");
    return std::chrono::seconds(said == nullptr ? 2 : std::atoi(said));
}

}  // namespace

TEST_CASE("a consumer that sleeps loses nothing: requested data is read meanwhile") {
    relayed_cluster c(4'000, 50'000);
    auto options = c.for_engine();
    options.memory_budget_bytes = 16 << 20;
    engine e(options);
    auto stream = e.open(made_up_batches(100, 40), {.in_flight = 8, .retry = no_retry, .hedging = false});
    std::uint64_t next = 0;
    std::uint64_t right = 0;
    while (auto s = stream.next()) {
        REQUIRE(s->batch() * 40 + s->index() == next);
        right += is_right(*s);
        if (next++ != 1'000) continue;
        s.reset();
        std::this_thread::sleep_for(nap());
        // A redirect to a target that seems slow is followed and closed: its answer does not pass.
        CHECK(soon([&] {
            auto const seen = c.relay.stats();
            return seen.answers + e.stats().redirects_dropped >= seen.requests;
        }));
        CHECK(c.relay.stats().requests < 200);  // two per batch: the window is limited
        CHECK(e.stats().slab_bytes_in_use < (16 << 20) + 4'000'000);
    }
    auto const total = stream.finish();
    REQUIRE(total.has_value());
    CHECK(right == 4'000);
    CHECK(!total->fault);
}

TEST_CASE("memory stays within the budget, whatever is requested") {
    struct shape {
        std::uint64_t objects, size;
        unsigned each, in_flight;
    };
    // The budget is 16 MiB for each.
    for (auto const [objects, size, each, in_flight] :
         {shape{400, 1 << 20, 1, 32}, shape{400, 1 << 20, 8, 32}, shape{512, 1 << 20, 64, 8},
          shape{200'000, 500, 10'000, 4}, shape{100'000, 4'000, 128, 256}}) {
        INFO(size << " bytes, " << each << " per entry, " << in_flight << " in flight");
        auto const wanted = optimised ? objects : objects / 8;
        cluster c(wanted, size);
        auto const got =
            run_load(c.server.endpoint(), "objects=" + std::to_string(wanted) + " size=" + std::to_string(size) +
                                              " batch=" + std::to_string(each) +
                                              " in_flight=" + std::to_string(in_flight) + " budget_mib=16 attempts=1");
        INFO(got.line);
        // Without retries: what was given up for lack of memory is not lost.
        CHECK(got.of("right") == wanted);
        if (optimised) CHECK(got.of("peak_kib") <= (16 + 64) * 1024);
    }
}

TEST_CASE("memory stays within the budget while the consumer sleeps") {
    cluster c(400, 1 << 20);
    auto const got = run_load(c.server.endpoint(),
                              "objects=400 size=1048576 batch=8 in_flight=32 budget_mib=16 attempts=1 pause_ms=" +
                                  std::to_string(nap().count()) + "000");
    INFO(got.line);
    CHECK(got.of("right") == 400);
    if (optimised) CHECK(got.of("peak_kib") <= (16 + 64) * 1024);
}

TEST_CASE("batches of 10,000 entries recover like small ones") {
    relayed_cluster c(30'000, 300);
    c.relay.spoil("cut@4000000/3,cut!@9000000x2,stall@1000000:300/5");
    auto options = c.for_engine();
    engine e(options);
    std::uint64_t next = 0;
    std::uint64_t right = 0;
    auto const total = e.stream(made_up_batches(3, 10'000), {.in_flight = 3},
                                [&](sample s) { right += s.batch() * 10'000 + s.index() == next++ && is_right(s); });
    REQUIRE(total.has_value());
    CHECK(right == 30'000);
    CHECK(total->retries > 0);
}

TEST_CASE("256 requests in flight recover like one") {
    relayed_cluster c(40'000, 1'000);
    c.relay.spoil("cut@30000/7,refuse:429/50,drop/30");
    engine e(c.for_engine());
    std::uint64_t next = 0;
    std::uint64_t right = 0;
    stream_options how{.in_flight = 256};
    how.retry.first_wait = 5ms;
    auto const total = e.stream(made_up_batches(1'000, 40), how,
                                [&](sample s) { right += s.batch() * 40 + s.index() == next++ && is_right(s); });
    REQUIRE(total.has_value());
    CHECK(right == 40'000);
    CHECK(total->retries > 0);
}

// After its last sample, a response is read to its end, and nobody waits for that.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <support/soon.hpp>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

playground::server_options with_tail(std::chrono::milliseconds delay) {
    playground::server_options out;
    out.tail_delay = delay;
    return out;
}

engine_options with_one_shard(cluster const& c) {
    auto o = c.for_engine();
    o.shards = 1;
    return o;
}

bool is_idle(engine const& e) {
    return soon([&] { return e.stats().batches_in_flight == 0; });
}

// Two to the proxy, because the first request also fetches the map, and one to each target.
constexpr std::uint64_t most_connections = 5;

}  // namespace

TEST_CASE("the last sample does not wait for the end of the answer, and finish() does") {
    {
        cluster c(64, 10'240, with_tail(60s));
        engine e(c.for_engine());
        auto const start = std::chrono::steady_clock::now();
        auto stream = e.get(made_up(0, 64));
        std::uint64_t seen = 0;
        for (auto const& s : stream) seen += is_right(s);
        CHECK(seen == 64);
        CHECK(std::chrono::steady_clock::now() - start < 30s);
    }
    cluster c(64, 10'240, with_tail(300ms));
    engine e(c.for_engine());
    auto const start = std::chrono::steady_clock::now();
    auto stream = e.get(made_up(0, 64), once_each());
    auto const total = stream.finish();
    CHECK(std::chrono::steady_clock::now() - start >= 300ms);
    REQUIRE(total.has_value());
    CHECK(total->delivered == 64);
    CHECK(!total->fault);
}

TEST_CASE("a stream whose samples were all taken lets its answers end, and their connections are reused") {
    cluster c(400, 2'000, with_tail(60ms));
    for (bool const finish : {true, false}) {
        engine e(with_one_shard(c));
        for (int i = 0; i < 12; ++i) {
            {
                auto stream = e.get(made_up(0, 20), once_each());
                std::uint64_t right = 0;
                for (auto const& s : stream) right += is_right(s);
                CHECK(right == 20);
                if (finish) CHECK(stream.finish().has_value());
            }
            REQUIRE(is_idle(e));
        }
        CAPTURE(finish);
        CHECK(e.stats().connections <= most_connections);
    }
}

TEST_CASE("the samples count, not whether next() returned nullopt") {
    cluster c(400, 2'000, with_tail(60ms));
    engine e(with_one_shard(c));
    for (int i = 0; i < 8; ++i) {
        {
            auto stream = e.get(made_up(0, 20), once_each());
            for (int k = 0; k < 20; ++k) REQUIRE(stream.next());
        }
        REQUIRE(is_idle(e));
    }
    CHECK(e.stats().connections <= most_connections);
}

TEST_CASE("a fault after the last sample is counted without finish()") {
    cluster c(400, 2'000, with_tail(60ms));
    c.spoil("excess");
    engine e(c.for_engine());
    std::atomic<int> late{0};
    std::atomic<bool> over{false};
    auto captured = std::make_shared<int>(0);
    {
        auto how = once_each();
        how.on_batch_end = [&late, &over, captured](batch_report const&) { late += over; };
        auto stream = e.get(made_up(0, 20), std::move(how));
        for (auto const& s : stream) REQUIRE(is_right(s));
    }
    over = true;
    CHECK(captured.use_count() == 1);
    CHECK(soon([&] { return e.stats().tail_faults == 1; }));
    CHECK(late == 0);
}

TEST_CASE("the destructor of a stream whose samples were all taken does not wait for the end of its answer") {
    cluster c(400, 10'240, with_tail(60s));
    engine e(c.for_engine());
    std::optional<sample_stream> stream(e.get(made_up(0, 20), once_each()));
    while (stream->next()) {
    }
    auto const taken = std::chrono::steady_clock::now();
    stream.reset();
    CHECK(std::chrono::steady_clock::now() - taken < 30s);
    CHECK(e.stats().batches_in_flight == 1);
}

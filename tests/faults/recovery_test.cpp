// Faults on the way to several hosts: unavailable maps, and links that cut large samples.
#include "relay/rewrite.hpp"
#include "relay_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::faults;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

stream_options quick() {
    stream_options how;
    how.retry.first_wait = 5ms;
    how.retry.longest_wait = 100ms;
    return how;
}

}  // namespace

TEST_CASE("a cluster whose map is unavailable for a while is read as soon as possible") {
    relayed_cluster c(200, 1'000);
    c.relay.set_plan({.on_request = [refused = 0](exchange const& x) mutable {
        if (!is_cluster_map(x.target) || ++refused > 3) return fault{};
        return fault{.kind = fault_kind::refuse, .status = 503};
    }});
    auto options = c.for_engine();
    options.shards = 1;  // each fetches the map
    auto const began = clock_type::now();
    engine e(options);
    std::uint64_t right = 0;
    auto const total = e.stream(made_up_batches(10, 20), quick(), [&](sample s) { right += is_right(s); });
    auto const took = clock_type::now() - began;
    REQUIRE(total.has_value());
    CHECK(right == 200);
    CHECK_FALSE(total->fault);
    CHECK(c.relay.stats().of(fault_kind::refuse) == 3);
    CHECK(took >= 2 * 250ms);  // four per second
    CHECK(took < 30s);
}

TEST_CASE("missing entries cost few map fetches, however many there are") {
    relayed_cluster c(20'000, 200);
    auto const map_fetches = std::make_shared<std::atomic<int>>(0);
    c.relay.set_plan({.on_request = [=](exchange const& x) {
        if (is_cluster_map(x.target)) ++*map_fetches;
        return fault{};
    }});
    engine e(c.for_engine());
    std::vector<batch> batches;
    for (std::uint64_t i = 0; i < 100; ++i) {
        batches.push_back(made_up(i * 190, 95));
        for (int k = 0; k < 5; ++k) batches.back().add("ais://synthetic", "not-there-" + std::to_string(i * 5 + k));
        for (std::uint64_t k = 95; k < 190; ++k)
            batches.back().add("ais://synthetic", playground::synthetic_name(i * 190 + k));
    }
    auto const began = clock_type::now();
    std::uint64_t right = 0;
    auto const total = e.stream(std::move(batches), quick(), [&](sample s) { right += is_right(s); });
    auto const took = clock_type::now() - began;
    REQUIRE(total.has_value());
    CHECK(right == 19'000);
    CHECK(total->missing == 500);
    auto const shards = 4;
    CHECK(map_fetches->load() <= shards * (2 + took / 250ms));
}

TEST_CASE("a sample of 3 MiB arrives over a link that is cut every 2.7 MB") {
    relayed_cluster c(4, 3 << 20);
    c.relay.spoil("cut!@b2700000");
    engine e(c.for_engine());
    std::uint64_t right = 0;
    auto const total = e.stream(made_up(0, 4), quick(), [&](sample s) { right += is_right(s); });
    REQUIRE(total.has_value());
    CHECK(right == 4);
}

TEST_CASE("a large sample continues where its link was cut, and few bytes arrive twice") {
    constexpr std::uint64_t size = 64 << 20;
    relayed_cluster c(1, size);
    c.relay.spoil("cut@b2700000");
    engine e(c.for_engine());
    std::uint64_t right = 0;
    auto const total = e.stream(made_up(0, 1), quick(), [&](sample s) { right += is_right(s); });
    REQUIRE(total.has_value());
    CHECK(right == 1);
    CHECK(e.stats().plain_gets >= size / 2'700'000);
    CHECK(e.stats().wire_bytes < size + size / 2);
}

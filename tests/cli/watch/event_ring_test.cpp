#include "watch/event_ring.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;

namespace {

std::vector<log_field> const fields{{"batch", std::uint64_t{3}}, {"why", std::string_view("\"x\"")}};

}  // namespace

TEST_CASE("the ring keeps the newest events in order, and after() gives only newer ones") {
    event_ring ring;
    CHECK(ring.after(0).empty());
    for (std::size_t i = 0; i < event_ring::capacity + 5; ++i) ring.add(log_level::info, "retry", fields);
    auto const all = ring.after(0);
    REQUIRE(all.size() == event_ring::capacity);
    CHECK(all.front().number == 6);
    CHECK(all.back().number == event_ring::capacity + 5);
    CHECK(all.back().fields == R"({"batch":3,"why":"\"x\""})");
    ring.add(log_level::error, "entry.failed", {});
    auto const fresh = ring.after(all.back().number);
    REQUIRE(fresh.size() == 1);
    CHECK(fresh[0].name == "entry.failed");
    CHECK(fresh[0].fields == "{}");
}

TEST_CASE("events of single entries and progress are not kept") {
    event_ring ring;
    ring.add(log_level::debug, "plain_get", fields);
    ring.add(log_level::info, "run.progress", fields);
    CHECK(ring.after(0).empty());
}

TEST_CASE("with_ring() adds every event to the ring and logs those of the log's level") {
    auto const ring = std::make_shared<event_ring>();
    std::vector<std::string> logged;
    log_options own;
    own.level = log_level::warning;
    own.hook = [&](log_level, std::string_view event, std::span<log_field const>) { logged.emplace_back(event); };
    auto const both = with_ring(own, ring);
    CHECK(both.level == log_level::debug);
    both.hook(log_level::debug, "hedge", fields);
    both.hook(log_level::warning, "target.sick", fields);
    CHECK(ring->after(0).size() == 2);
    CHECK(logged == std::vector<std::string>{"target.sick"});
    auto const alone = with_ring({}, ring);
    alone.hook(log_level::error, "entry.failed", fields);
    CHECK(ring->after(2).size() == 1);
}

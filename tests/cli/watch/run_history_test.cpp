#include "watch/run_history.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;
using namespace std::chrono_literals;

namespace {

// After so many seconds of 100 samples of 10 bytes each.
engine_stats at(int seconds) {
    engine_stats s;
    s.elapsed = std::chrono::seconds(seconds + 40);
    s.samples_delivered = static_cast<std::uint64_t>(seconds) * 100;
    s.payload_bytes = s.samples_delivered * 10;
    s.cpu = std::chrono::milliseconds(500) * seconds;
    s.window = 8;
    s.batches_in_flight = static_cast<std::uint32_t>(seconds);
    return s;
}

}  // namespace

TEST_CASE("a point has the rates of its second") {
    auto const began = run_history::clock::now();
    run_history history;
    history.begin(at(5), began);
    history.add(at(6), began + 1s);
    history.add(at(8), began + 3s);
    auto const points = history.after(0);
    REQUIRE(points.size() == 2);
    CHECK(points[0].samples_per_s == Approx(100));
    CHECK(points[0].bytes_per_s == Approx(1000));
    CHECK(points[0].cpu_cores == Approx(0.5));
    CHECK(points[0].at_s == Approx(1));
    CHECK(points[1].samples_per_s == Approx(100));
    CHECK(points[1].at_s == Approx(3));
    CHECK(points[1].in_flight == 8);
    CHECK(history.after(points[0].number).size() == 1);
    CHECK(history.whole().samples_delivered == 300);
    CHECK(history.elapsed() == 3s);
    history.begin(at(8), began + 3s);
    CHECK(history.after(0).empty());
    CHECK(history.whole().samples_delivered == 0);
}

TEST_CASE("a snapshot soon after another one makes no point, but counts") {
    auto const began = run_history::clock::now();
    run_history history;
    history.begin(at(0), began);
    history.add(at(1), began + 1s);
    history.add(at(2), began + 1001ms);
    CHECK(history.after(0).size() == 1);
    CHECK(history.whole().samples_delivered == 200);
    history.add(at(3), began + 2s);
    auto const points = history.after(0);
    REQUIRE(points.size() == 2);
    CHECK(points[1].samples_per_s == Approx(200));
}

TEST_CASE("old points are removed, and recent() covers five to ten seconds") {
    auto const began = run_history::clock::now();
    run_history history;
    history.begin(at(0), began);
    for (int i = 1; i <= 700; ++i) {
        history.add(at(i), began + std::chrono::seconds(i));
        auto const recent = history.recent();
        CHECK(recent.elapsed <= 10s);
        CHECK(recent.elapsed >= std::min<std::chrono::nanoseconds>(5s, std::chrono::seconds(i)));
    }
    auto const points = history.after(0);
    REQUIRE(points.size() == run_history::capacity);
    CHECK(points.back().at_s == Approx(700));
    CHECK(history.whole().samples_delivered == 70'000);
}

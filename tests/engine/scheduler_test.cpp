#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <stream/scheduler.hpp>

using namespace aisle::detail;

namespace {

memory_view roomy() {
    memory_view m;
    m.budget_bytes = 256 << 20;
    return m;
}

}  // namespace

TEST_CASE("a fixed window is filled and not exceeded") {
    scheduler s(3);
    for (unsigned i = 0; i < 3; ++i) {
        CHECK(s.may_start(i, roomy()));
        s.started();
    }
    CHECK(!s.may_start(3, roomy()));
    s.answered(10, 1000, {});
    CHECK(s.tails() == 1);
    CHECK(s.may_start(2, roomy()));
    s.ended();
    CHECK(s.active() == 2);
    CHECK(!s.idle());
}

TEST_CASE("without memory only the head of the order may proceed") {
    scheduler s(8);
    auto full = roomy();
    full.in_use_bytes = full.budget_bytes;
    CHECK(s.may_start(0, full));
    s.started();
    CHECK(!s.may_start(1, full));
    s.answered(1, 1, {});
    CHECK(!s.may_start(1, full));  // its samples are not taken yet
    CHECK(s.may_start(0, full));
    full.in_use_bytes = 0;
    full.reserved_bytes = full.budget_bytes;
    s.started();
    CHECK(!s.may_start(1, full));
}

TEST_CASE("a consumer that takes nothing stops the asking") {
    scheduler s(4);
    std::size_t held = 0;
    while (s.may_start(held, roomy())) {
        s.started();
        s.answered(1, 1, {});
        s.ended();
        ++held;
        REQUIRE(held < 100);
    }
    CHECK(held == 10);
}

TEST_CASE("answers that never end do not pile up") {
    scheduler s(2);
    unsigned tails = 0;
    for (; s.may_start(0, roomy()); ++tails) {
        s.started();
        s.answered(1, 1, {});
        REQUIRE(tails < 100);
    }
    CHECK(tails == 8);
    s.ended();
    CHECK(s.may_start(0, roomy()));
}

TEST_CASE("what entries bring is learned") {
    scheduler s(4);
    CHECK(s.expected_bytes(128) == 128 * 256 * 1024);
    s.started();
    s.answered(128, 128 * 1000, {});
    CHECK(s.expected_bytes(128) == 128 * 1000);
    for (int i = 0; i < 100; ++i) {
        s.ended();
        s.started();
        s.answered(10, 10 * 5000, {});
    }
    CHECK(s.expected_bytes(10) == Approx(50'000).epsilon(0.01));
}

TEST_CASE("the window widens to where widening stops to pay, and stays there") {
    // A server whose rate grows up to 20 requests in flight and not beyond.
    for (double const knee : {4.0, 8.0, 20.0, 32.0, 1000.0}) {
        window_tuner tuner(0);
        auto now = window_tuner::clock::time_point{};
        std::map<unsigned, int> seen;  // in the second half: window, how often
        for (int batch = 0; batch < 60'000; ++batch) {
            auto const rate = std::min<double>(tuner.window(), knee) * 10;  // batches a second
            now += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate));
            tuner.answered(128, now);
            REQUIRE(tuner.window() >= 1);
            REQUIRE(tuner.window() <= window_tuner::max_window);
            if (batch > 30'000) ++seen[tuner.window()];
        }
        auto const by_count = [](auto const& a, auto const& b) { return a.second < b.second; };
        auto const settled = std::max_element(seen.begin(), seen.end(), by_count)->first;
        INFO("knee " << knee << " settled " << settled);
        CHECK(settled >= std::min(knee, 64.0) * 0.6);
        CHECK(settled <= std::max(std::min(knee * 1.6, 64.0), 12.0));
    }
}

TEST_CASE("a window that was asked for is left alone") {
    window_tuner tuner(5);
    auto now = window_tuner::clock::time_point{};
    for (int i = 0; i < 1000; ++i) tuner.answered(128, now += std::chrono::milliseconds(1));
    CHECK(tuner.window() == 5);
}

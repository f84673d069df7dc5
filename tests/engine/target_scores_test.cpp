#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <cluster/target_scores.hpp>

using namespace std::chrono_literals;
using aisle::detail::target_scores;
using advice = target_scores::advice;

namespace {

target_scores::time_point at(std::chrono::milliseconds since) {
    return target_scores::time_point{} + 1h + since;
}

// Several targets that did well so far, and enough redirects to have earned some drops.
target_scores well_known(std::initializer_list<char const*> targets) {
    target_scores scores;
    for (int i = 0; i < 20; ++i) {
        for (auto const* target : targets) {
            scores.judge(target, at(0s));
            scores.succeeded(target, 128, 100ms, at(0s));
        }
    }
    return scores;
}

void fail_twice(target_scores& scores, char const* target, std::chrono::milliseconds now) {
    scores.failed(target, at(now));
    scores.failed(target, at(now));
}

advice what(target_scores& scores, char const* target, std::chrono::milliseconds now) {
    return scores.judge(target, at(now)).what;
}

}  // namespace

TEST_CASE("a target nobody knows, and one that does well, is followed") {
    target_scores scores;
    CHECK(what(scores, "a", 0s) == advice::follow);
    scores.succeeded("a", 128, 100ms, at(0s));
    CHECK(what(scores, "a", 0s) == advice::follow);
}

TEST_CASE("one failure is nobody's fault, two in a row are the target's") {
    auto scores = well_known({"a", "b"});
    scores.failed("a", at(0s));
    CHECK(what(scores, "a", 0s) == advice::follow);
    scores.succeeded("a", 128, 100ms, at(0s));
    scores.failed("a", at(0s));
    CHECK(what(scores, "a", 0s) == advice::follow);
    scores.failed("a", at(0s));
    CHECK(what(scores, "a", 0s) == advice::elsewhere);
    CHECK(what(scores, "b", 0s) == advice::follow);
}

TEST_CASE("a target four times as slow as the others is bad") {
    auto scores = well_known({"a", "b", "c"});
    scores.succeeded("a", 128, 390ms, at(0s));
    CHECK(what(scores, "a", 0s) == advice::follow);
    for (int i = 0; i < 20; ++i) scores.succeeded("a", 128, 390ms, at(0s));
    CHECK(what(scores, "a", 0s) == advice::follow);
    for (int i = 0; i < 20; ++i) scores.succeeded("a", 128, 600ms, at(0s));
    CHECK(what(scores, "a", 0s) == advice::elsewhere);
}

TEST_CASE("a few milliseconds more are no reason, whatever the ratio") {
    target_scores scores;
    for (int i = 0; i < 50; ++i) {
        scores.judge("a", at(0s));
        scores.succeeded("a", 128, 1ms, at(0s));
        scores.succeeded("b", 128, 55ms, at(0s));
    }
    CHECK(what(scores, "b", 0s) == advice::follow);
}

TEST_CASE("who gets the larger requests is not slower for it") {
    target_scores scores;
    for (int i = 0; i < 50; ++i) {
        scores.judge("a", at(0s));
        scores.succeeded("a", 10, 20ms, at(0s));
        scores.succeeded("b", 1000, 1010ms, at(0s));
        REQUIRE(what(scores, "b", 0s) == advice::follow);
    }
    for (int i = 0; i < 50; ++i) scores.succeeded("a", 10, 900ms, at(0s));
    CHECK(what(scores, "a", 0s) == advice::elsewhere);
}

TEST_CASE("time says nothing before eight requests, of the target or of another") {
    target_scores scores;
    for (int i = 0; i < 50; ++i) {
        scores.judge("a", at(0s));
        scores.succeeded("a", 128, 100ms, at(0s));
    }
    for (int i = 0; i < 7; ++i) scores.succeeded("b", 128, 10s, at(0s));
    CHECK(what(scores, "b", 0s) == advice::follow);
    target_scores others;
    for (int i = 0; i < 7; ++i) others.succeeded("a", 128, 100ms, at(0s));
    for (int i = 0; i < 50; ++i) {
        others.judge("a", at(0s));
        others.succeeded("b", 128, 10s, at(0s));
    }
    CHECK(what(others, "b", 0s) == advice::follow);
}

TEST_CASE("without a better target there is no elsewhere") {
    target_scores alone;
    for (int i = 0; i < 20; ++i) alone.judge("a", at(0s));
    fail_twice(alone, "a", 0s);
    CHECK(what(alone, "a", 0s) == advice::follow);
    auto scores = well_known({"a", "b"});
    fail_twice(scores, "a", 0s);
    fail_twice(scores, "b", 0s);
    CHECK(what(scores, "a", 0s) == advice::follow);
    CHECK(what(scores, "b", 0s) == advice::follow);
}

TEST_CASE("a target not named for long is no alternative") {
    auto scores = well_known({"a", "b"});
    fail_twice(scores, "a", 5min);
    CHECK(what(scores, "a", 5min) == advice::follow);
}

TEST_CASE("behind the penalty one request probes, and the others keep away until it is known") {
    auto scores = well_known({"a", "b"});
    fail_twice(scores, "a", 0s);
    CHECK(what(scores, "a", 999ms) == advice::elsewhere);
    CHECK(what(scores, "a", 1s) == advice::follow);
    CHECK(what(scores, "a", 1s) == advice::elsewhere);
    CHECK(what(scores, "a", 30s) == advice::elsewhere);
    CHECK(what(scores, "a", 31s) == advice::follow);  // the probe was never heard of
    scores.succeeded("a", 128, 100ms, at(32s));
    CHECK(what(scores, "a", 32s) == advice::follow);
    CHECK(what(scores, "a", 32s) == advice::follow);
}

TEST_CASE("the penalty doubles up to a minute with every probe that fails") {
    auto scores = well_known({"a", "b"});
    auto now = 0ms;
    fail_twice(scores, "a", now);
    for (auto const penalty : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        for (int late = 0; late < 10; ++late) scores.failed("a", at(now));  // were under way, tell nothing new
        scores.judge("b", at(now));
        REQUIRE(what(scores, "a", now + penalty - 1ms) != advice::follow);
        now += penalty;
        REQUIRE(what(scores, "a", now) == advice::follow);
        scores.failed("a", at(now));
    }
}

TEST_CASE("a long penalty ends gradually: probes one at a time, each success halves what a failure would cost") {
    auto scores = well_known({"a", "b"});
    auto now = 0ms;
    fail_twice(scores, "a", now);
    for (auto const penalty : {1s, 2s, 4s}) {
        now += penalty;
        REQUIRE(what(scores, "a", now) == advice::follow);
        scores.failed("a", at(now));
    }
    now += 8s;
    for (int probe = 0; probe < 4; ++probe) {  // 8 s, 4 s, 2 s, 1 s
        REQUIRE(what(scores, "a", now) == advice::follow);
        REQUIRE(what(scores, "a", now) != advice::follow);
        scores.succeeded("a", 128, 100ms, at(now));
    }
    CHECK(what(scores, "a", now) == advice::follow);
    CHECK(what(scores, "a", now) == advice::follow);
}

TEST_CASE("a slow target is good again once a probe is fast, and not while probes are slow") {
    auto scores = well_known({"a", "b"});
    for (int i = 0; i < 20; ++i) scores.succeeded("a", 128, 2s, at(0s));
    REQUIRE(what(scores, "a", 0s) == advice::elsewhere);
    REQUIRE(what(scores, "a", 1s) == advice::follow);
    scores.succeeded("a", 128, 2s, at(3s));
    REQUIRE(what(scores, "a", 4s) == advice::elsewhere);
    REQUIRE(what(scores, "a", 5s) == advice::follow);
    scores.succeeded("a", 128, 100ms, at(5s));
    REQUIRE(what(scores, "a", 5s) == advice::follow);
    scores.succeeded("a", 128, 100ms, at(5s));
    CHECK(what(scores, "a", 5s) == advice::follow);
    scores.succeeded("a", 128, 100ms, at(5s));
    CHECK(what(scores, "a", 5s) == advice::follow);
}

TEST_CASE("of one target eight redirects are dropped in a minute, then it is waited for and followed") {
    auto scores = well_known({"a", "b"});
    auto now = 0ms;
    int dropped = 0;
    std::vector<std::chrono::milliseconds> waits;
    fail_twice(scores, "a", now);
    for (int i = 0; i < 20; ++i) {
        for (int other = 0; other < 4; ++other) scores.judge("b", at(now));
        auto const opinion = scores.judge("a", at(now));
        if (opinion.what == advice::elsewhere) {
            scores.dropped("a", at(now));
            ++dropped;
        } else {
            REQUIRE(opinion.what == advice::wait);
            waits.push_back(opinion.after);
        }
        now += 10ms;
    }
    CHECK(dropped == 8);
    REQUIRE(waits.size() == 12);
    CHECK(std::vector(waits.begin(), waits.begin() + 6) ==
          std::vector<std::chrono::milliseconds>{25ms, 50ms, 100ms, 200ms, 250ms, 250ms});
    scores.failed("a", at(1s));
    scores.failed("a", at(60s));
    scores.judge("b", at(60s));
    CHECK(what(scores, "a", 60s) == advice::elsewhere);
}

TEST_CASE("one that is slow and answers is never waited for") {
    auto scores = well_known({"a", "b"});
    for (int i = 0; i < 20; ++i) scores.succeeded("a", 128, 2s, at(0s));
    int dropped = 0;
    int followed = 0;
    for (int i = 0; i < 20; ++i) {
        for (int other = 0; other < 4; ++other) scores.judge("b", at(1ms));
        auto const opinion = scores.judge("a", at(1ms));
        REQUIRE(opinion.what != advice::wait);
        if (opinion.what == advice::elsewhere) scores.dropped("a", at(1ms));
        ++(opinion.what == advice::elsewhere ? dropped : followed);
    }
    CHECK(dropped == 8);
    CHECK(followed == 12);
}

TEST_CASE("of all redirects one of four is dropped at most") {
    target_scores scores;
    std::mt19937 random(5);
    std::map<std::string, std::deque<std::chrono::milliseconds>> recent;
    unsigned judged = 0;
    unsigned dropped = 0;
    for (auto now = 0ms; now < 1000s; now += 10ms) {
        auto const target = std::to_string(random() % 40);
        ++judged;
        if (scores.judge(target, at(now)).what == advice::elsewhere) {
            scores.dropped(target, at(now));
            ++dropped;
            auto& times = recent[target];
            times.push_back(now);
            while (now - times.front() >= 60s) times.pop_front();
            REQUIRE(times.size() <= 8);
        } else if (target.size() == 1) {
            scores.succeeded(target, 100, 50ms, at(now));
        } else {
            scores.failed(target, at(now));
        }
        REQUIRE(4 * dropped <= judged);
    }
    CHECK(dropped > 1000);
}

TEST_CASE("no more than 4096 targets are kept, those named last") {
    target_scores scores;
    scores.succeeded("first", 1, 1ms, at(0s));
    for (int i = 0; i < 4200; ++i) {
        scores.failed(std::to_string(i), at(1ms * i));
        scores.failed(std::to_string(i), at(1ms * i));
    }
    CHECK(scores.size() == 4096);
    CHECK(what(scores, "4199", 4200ms) == advice::follow);  // the only good one was forgotten
}

TEST_CASE("times and counts that make no sense do no harm") {
    auto scores = well_known({"a", "b"});
    for (int i = 0; i < 20; ++i) {
        scores.succeeded("b", 0, std::chrono::nanoseconds::max(), at(0s));
        scores.succeeded("b", SIZE_MAX, std::chrono::nanoseconds::min(), at(0s));
    }
    CHECK(what(scores, "b", 0s) == advice::follow);
    CHECK(what(scores, "a", 0s) == advice::follow);
}

#include <catch2/catch.hpp>

#include <cluster/target_book.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using aisle::detail::target_book;
using advice = target_book::advice;

namespace {

target_book::time_point at(std::chrono::milliseconds since) {
    return target_book::time_point{} + 1h + since;
}

void succeed(target_book& book, std::string_view target, int times, target_book::duration took,
             std::chrono::milliseconds now = 0ms, target_book::duration rested = 10ms) {
    for (int i = 0; i < times; ++i) book.succeeded(target, 128, took, rested, at(now));
}

// Targets that were fast so far.
target_book well_known(std::initializer_list<char const*> targets) {
    target_book book;
    for (int i = 0; i < 20; ++i)
        for (auto const* target : targets) succeed(book, target, 1, 100ms);
    return book;
}

void fail_twice(target_book& book, std::string_view target, std::chrono::milliseconds now = 0ms) {
    book.failed(target, at(now));
    book.failed(target, at(now));
}

advice what(target_book& book, std::string_view target, std::chrono::milliseconds now = 0ms, unsigned draws = 0) {
    return book.judge(target, draws, at(now)).what;
}

}  // namespace

TEST_CASE("an unknown target, and a good one, is followed") {
    target_book book;
    CHECK(what(book, "a") == advice::follow);
    succeed(book, "a", 1, 100ms);
    CHECK(what(book, "a") == advice::follow);
    CHECK_FALSE(book.is_sick("a"));
}

TEST_CASE("one failure has no consequence, two in a row make the target sick") {
    auto book = well_known({"a", "b"});
    book.failed("a", at(0s));
    CHECK(what(book, "a") == advice::follow);
    succeed(book, "a", 1, 100ms);
    book.failed("a", at(0s));
    CHECK(what(book, "a") == advice::follow);
    book.failed("a", at(0s));
    CHECK(book.is_sick("a"));
    CHECK(what(book, "a") == advice::leave);
    CHECK(what(book, "b") == advice::follow);
    CHECK(book.sick(at(0s)) == 1);
}

TEST_CASE("a target four times as slow as the others is sick") {
    auto book = well_known({"a", "b", "c"});
    succeed(book, "a", 20, 390ms);
    CHECK_FALSE(book.is_sick("a"));
    succeed(book, "a", 20, 600ms);
    CHECK(book.is_sick("a"));
}

TEST_CASE("a target that others always overtake is sick, even if it never answers completely") {
    auto book = well_known({"a", "b", "c"});
    for (int i = 0; i < 40; ++i) book.beaten("a", 128, 600ms, 10ms, at(0s));
    CHECK(book.is_sick("a"));
    CHECK_FALSE(book.is_sick("b"));
}

TEST_CASE("a difference of a few milliseconds is ignored, whatever the ratio") {
    target_book book;
    for (int i = 0; i < 50; ++i) {
        succeed(book, "a", 1, 1ms);
        succeed(book, "b", 1, 50ms);
    }
    CHECK_FALSE(book.is_sick("b"));
}

TEST_CASE("times are ignored before eight requests, of the target or of the others") {
    target_book book;
    succeed(book, "a", 50, 100ms);
    succeed(book, "b", 7, 10s);
    CHECK_FALSE(book.is_sick("b"));
    target_book others;
    succeed(others, "a", 7, 100ms);
    succeed(others, "b", 50, 10s);
    CHECK_FALSE(others.is_sick("b"));
}

TEST_CASE("one slow target of many does not change typical values") {
    auto book = well_known({"a", "b", "c", "d"});
    auto const late = book.late(128).value();
    auto const rest = book.rest_limit(true);
    for (int i = 0; i < 200; ++i) {
        for (auto const* target : {"a", "b", "c"}) succeed(book, target, 1, 100ms);
        book.beaten("d", 128, 20s, 20s, at(0s));
        REQUIRE(book.late(128).value() == late);
        REQUIRE(book.rest_limit(true) == rest);
    }
}

TEST_CASE("without a better target there is no alternative") {
    target_book alone;
    fail_twice(alone, "a");
    CHECK(what(alone, "a") == advice::follow);
    auto book = well_known({"a", "b"});
    fail_twice(book, "a");
    fail_twice(book, "b");
    CHECK(what(book, "a") == advice::follow);
    CHECK(what(book, "b") == advice::follow);
}

TEST_CASE("a target of the map that no redirect has named yet may be well") {
    target_book book;
    fail_twice(book, "a");
    book.set_known(2);
    CHECK(what(book, "a") == advice::leave);
}

TEST_CASE("a target not named for long is no alternative") {
    auto book = well_known({"a", "b"});
    fail_twice(book, "a", 5min);
    CHECK(what(book, "a", 5min) == advice::follow);
}

TEST_CASE("a target that left the cluster is no alternative, until a redirect names it again") {
    auto book = well_known({"a", "b"});
    fail_twice(book, "a");
    book.forget_left([](std::string_view name) { return name == "b"; });
    CHECK(what(book, "a") == advice::follow);
    CHECK(what(book, "b") == advice::follow);
    CHECK(what(book, "a") == advice::leave);
}

TEST_CASE("after the penalty one request probes, and the others avoid the target until its result") {
    auto book = well_known({"a", "b"});
    fail_twice(book, "a");
    CHECK(what(book, "a", 999ms) == advice::leave);
    CHECK(what(book, "a", 1s) == advice::probe);
    CHECK(what(book, "a", 1s) == advice::leave);
    CHECK(what(book, "a", 30s) == advice::leave);
    CHECK(what(book, "a", 31s) == advice::probe);  // the first probe never ended
    book.probe_over("a", at(32s));
    CHECK(what(book, "a", 32s) == advice::probe);
    succeed(book, "a", 1, 100ms, 33s);
    CHECK(what(book, "a", 33s) == advice::follow);
    CHECK_FALSE(book.is_sick("a"));
}

TEST_CASE("the penalty doubles with every failed probe, up to a minute") {
    auto book = well_known({"a", "b"});
    auto now = 0ms;
    fail_twice(book, "a", now);
    for (auto const penalty : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        for (int late = 0; late < 10; ++late) book.failed("a", at(now));  // were in flight, so no news
        book.judge("b", 0, at(now));
        REQUIRE(what(book, "a", now + penalty - 1ms) == advice::leave);
        now += penalty;
        REQUIRE(what(book, "a", now) == advice::probe);
        book.failed("a", at(now));
    }
}

TEST_CASE("a slow target is well again once a probe is fast, and not while probes are slow") {
    auto book = well_known({"a", "b"});
    succeed(book, "a", 40, 2s);
    REQUIRE(book.is_sick("a"));
    REQUIRE(what(book, "a", 1s) == advice::probe);
    succeed(book, "a", 1, 2s, 3s);
    REQUIRE(book.is_sick("a"));
    REQUIRE(what(book, "a", 4s) == advice::leave);
    REQUIRE(what(book, "a", 5s) == advice::probe);
    succeed(book, "a", 1, 100ms, 5s);
    CHECK_FALSE(book.is_sick("a"));
    CHECK(what(book, "a", 5s) == advice::follow);
}

TEST_CASE("a target that was sick is on probation: one failure makes it sick again, for twice as long") {
    auto book = well_known({"a", "b"});
    fail_twice(book, "a");
    REQUIRE(what(book, "a", 1s) == advice::probe);
    succeed(book, "a", 1, 100ms, 1s);  // the requested objects may lie on its own disks
    REQUIRE_FALSE(book.is_sick("a"));
    book.failed("a", at(1s));
    CHECK(book.is_sick("a"));
    book.judge("b", 0, at(2s));
    CHECK(what(book, "a", 2999ms) == advice::leave);
    CHECK(what(book, "a", 3s) == advice::probe);
    for (int i = 0; i < 2; ++i) succeed(book, "a", 1, 100ms, 3s);
    book.failed("a", at(3s));
    CHECK_FALSE(book.is_sick("a"));
}

TEST_CASE("a target overtaken by others four times in a row is sick") {
    auto book = well_known({"a", "b"});
    for (int i = 0; i < 3; ++i) book.beaten("a", 128, 200ms, 10ms, at(0s));
    CHECK_FALSE(book.is_sick("a"));
    succeed(book, "a", 1, 100ms);
    for (int i = 0; i < 3; ++i) book.beaten("a", 128, 200ms, 10ms, at(0s));
    CHECK_FALSE(book.is_sick("a"));
    book.beaten("a", 128, 200ms, 10ms, at(0s));
    CHECK(book.is_sick("a"));
}

TEST_CASE("a target is proven once it has answered, until it fails") {
    target_book book;
    CHECK_FALSE(book.is_proven("a"));
    book.beaten("a", 128, 100ms, 10ms, at(0s));
    CHECK_FALSE(book.is_proven("a"));
    succeed(book, "a", 1, 100ms);
    CHECK(book.is_proven("a"));
    book.failed("a", at(0s));
    CHECK_FALSE(book.is_proven("a"));
}

TEST_CASE("redirects to a sick target are left immediately while most are well, and later ones wait if most are sick") {
    auto book = well_known({"a", "b", "c"});
    fail_twice(book, "a");
    for (unsigned draws : {0u, 8u, 15u}) {
        auto const opinion = book.judge("a", draws, at(0s));
        CHECK(opinion.what == advice::leave);
        CHECK(opinion.wait == 0ms);
    }
    CHECK(book.judge("a", 16, at(0s)).wait == 10ms);
    CHECK(book.judge("a", 31, at(0s)).what == advice::leave);
    CHECK(book.judge("a", 32, at(0s)).what == advice::follow);  // something other than chance decides
    fail_twice(book, "b");
    CHECK(book.judge("a", 7, at(0s)).wait == 0ms);
    CHECK(book.judge("a", 8, at(0s)).wait == 10ms);
    CHECK(book.judge("a", 10, at(0s)).wait == 40ms);
    CHECK(book.judge("a", 100, at(0s)).wait == 160ms);
    CHECK(book.judge("a", 200, at(0s)).what == advice::follow);  // the number is limited
}

TEST_CASE("if chance names only sick targets, the well ones are not awaited") {
    auto book = well_known({"a", "b", "c"});
    fail_twice(book, "a");
    fail_twice(book, "b");
    // "c" has left the cluster, and no map says so. With one of three well, 72 draws are certain.
    for (unsigned draws = 0; draws < 72; ++draws) CHECK(book.judge("a", draws, at(0s)).what == advice::leave);
    CHECK(book.judge("b", 72, at(0s)).what == advice::follow);
    CHECK(book.judge("a", 0, at(0s)).what == advice::follow);
    CHECK(book.judge("c", 0, at(0s)).what == advice::follow);
    CHECK(book.judge("a", 0, at(0s)).what == advice::leave);
}

TEST_CASE("a full target is avoided for a quarter of a second, and is not sick") {
    auto book = well_known({"a", "b", "c"});
    book.was_full("a", at(0s));
    CHECK(what(book, "a", 249ms) == advice::leave);
    CHECK(book.sick(at(249ms)) == 1);
    CHECK_FALSE(book.is_sick("a"));
    CHECK(what(book, "a", 250ms) == advice::follow);
}

TEST_CASE("the cluster is overloaded if more than half of its targets are full") {
    target_book book;
    book.set_known(4);
    book.was_full("a", at(0s));
    book.was_full("b", at(0s));
    CHECK_FALSE(book.most_are_full(at(0s)));
    book.was_full("c", at(0s));
    CHECK(book.most_are_full(at(0s)));
    CHECK_FALSE(book.most_are_full(at(250ms)));
}

TEST_CASE("nothing is late before twenty requests") {
    target_book book;
    succeed(book, "a", 19, 100ms);
    CHECK_FALSE(book.late(128));
    CHECK(book.rest_limit(true) == target_book::unknown_rest);
    CHECK(book.rest_limit(false) == target_book::longest_rest);
    succeed(book, "a", 1, 100ms);
    CHECK(book.late(128) == 150ms);  // 1.5 times the usual
}

TEST_CASE("late means later than 95 of a hundred requests of a typical target") {
    target_book book;
    for (int i = 0; i < 32; ++i) succeed(book, "a", 1, i % 8 == 3 ? 900ms : 100ms);
    CHECK(book.late(128) == 900ms);
    succeed(book, "a", 32, 100ms);
    CHECK(book.late(128) == 150ms);
}

TEST_CASE("larger requests may take longer; smaller ones may take as long") {
    auto const book = well_known({"a", "b"});
    auto const usual = book.late(128).value();
    CHECK(book.late(256) == 2 * usual);
    CHECK(book.late(1) == usual);
    CHECK(book.late(0) == usual);
    CHECK(book.late(SIZE_MAX).value() <= 24h);
}

TEST_CASE("nothing is late before 20 ms") {
    target_book book;
    succeed(book, "a", 40, 1ms);
    CHECK(book.late(128) == 20ms);
}

TEST_CASE("a stall is too long at four times the usual, between 250 ms and 5 s") {
    for (auto const& [usual, limit] : std::map<std::chrono::milliseconds, std::chrono::milliseconds>{
             {1ms, 250ms}, {100ms, 400ms}, {1s, 4s}, {20s, 5s}}) {
        target_book book;
        succeed(book, "a", 40, 20s, 0ms, usual);
        CHECK(book.rest_limit(true) == limit);
    }
}

TEST_CASE("an answer that is not streamed stalls until it is assembled") {
    target_book book;
    succeed(book, "a", 40, 400ms, 0ms, 10ms);
    CHECK(book.rest_limit(true) == 250ms);
    CHECK(book.rest_limit(false) == 4 * 600ms);
}

TEST_CASE("with k of n targets sick nearly all requests go to the others, and each gets an answer in a few draws") {
    std::mt19937 random(11);
    for (unsigned const n : {3u, 4u, 16u, 100u}) {
        for (unsigned const k : {1u, n / 4, n / 2}) {
            if (k == 0) continue;
            target_book book;
            book.set_known(n);
            auto const name = [](unsigned i) { return "t" + std::to_string(i); };
            for (unsigned i = 0; i < n; ++i) succeed(book, name(i), 1, 100ms);
            unsigned to_sick = 0;
            unsigned draws = 0;
            constexpr unsigned requests = 2000;
            for (unsigned r = 0; r < requests; ++r) {
                auto const now = r * 10ms;
                for (unsigned drawn = 0;; ++drawn) {
                    auto const t = static_cast<unsigned>(random() % n);
                    auto const opinion = book.judge(name(t), drawn, at(now));
                    if (opinion.what == advice::leave) continue;
                    draws += drawn + 1;
                    if (t >= k) {
                        succeed(book, name(t), 1, 100ms, now);
                    } else {
                        ++to_sick;
                        book.failed(name(t), at(now));
                        if (opinion.what == advice::probe) book.probe_over(name(t), at(now));
                    }
                    break;
                }
            }
            INFO(k << " of " << n);
            // Two each to find out, and then probes after 1, 2, 4, 8 s.
            CHECK(to_sick <= k * 7);
            CHECK(draws < requests * (1.2 * n / (n - k)));
        }
    }
}

TEST_CASE("at most 4096 targets are kept, those named last") {
    target_book book;
    succeed(book, "first", 1, 1ms);
    for (int i = 0; i < 4200; ++i) fail_twice(book, std::to_string(i), 1ms * i);
    CHECK(book.size() == 4096);
    CHECK(what(book, "4199", 4200ms) == advice::follow);  // the only good one was forgotten
}

TEST_CASE("invalid times and counts do no harm") {
    auto book = well_known({"a", "b"});
    for (int i = 0; i < 20; ++i) {
        book.succeeded("b", 0, std::chrono::nanoseconds::max(), std::chrono::nanoseconds::max(), at(0s));
        book.succeeded("b", SIZE_MAX, std::chrono::nanoseconds::min(), std::chrono::nanoseconds::min(), at(0s));
        book.beaten("b", 1, std::chrono::nanoseconds::min(), std::chrono::nanoseconds::max(), at(0s));
    }
    CHECK(what(book, "a") == advice::follow);
    CHECK(book.late(1).value() <= 24h);
}

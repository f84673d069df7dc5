#include <catch2/catch.hpp>

#include <cluster/hedge_rule.hpp>
#include <random>

using namespace std::chrono_literals;
using aisle::detail::hedge_rule;

namespace {

// 100 requests of 128 entries that took 101 to 200 ms, in no order.
hedge_rule learned() {
    hedge_rule rule;
    for (int i = 0; i < 100; ++i) rule.took(128, (101 + (i * 37) % 100) * 1ms);
    for (int i = 0; i < 4; ++i) rule.took(128, 150ms);
    return rule;
}

}  // namespace

TEST_CASE("nothing is late before twenty requests were seen") {
    hedge_rule rule;
    for (int i = 0; i < 19; ++i) {
        rule.took(128, 100ms);
        REQUIRE_FALSE(rule.due(128));
    }
    rule.took(128, 100ms);
    CHECK(rule.due(128) == 150ms);  // half as much again as usual
}

TEST_CASE("late is later than 95 of the last hundred") {
    auto const due = learned().due(128).value();
    CHECK(due == 225ms);  // half as much again as the median, which is more here
    hedge_rule rule;
    for (int i = 0; i < 200; ++i) rule.took(128, i % 10 == 3 ? 900ms : 100ms);
    CHECK(rule.due(128) == 900ms);
    for (int i = 0; i < 200; ++i) rule.took(128, i % 50 == 3 ? 900ms : 100ms);
    CHECK(rule.due(128) == 150ms);
}

TEST_CASE("larger requests may take longer, smaller ones as long") {
    auto const rule = learned();
    auto const usual = rule.due(128).value();
    CHECK(rule.due(256) == 2 * usual);
    CHECK(rule.due(1) == usual);
    CHECK(rule.due(0) == usual);
    CHECK(rule.due(SIZE_MAX).value() <= 24h);
}

TEST_CASE("nothing is late before 20 ms") {
    hedge_rule rule;
    for (int i = 0; i < 40; ++i) rule.took(10, 1ms);
    CHECK(rule.due(10) == 20ms);
}

TEST_CASE("times that make no sense do no harm") {
    hedge_rule rule;
    for (int i = 0; i < 64; ++i)
        rule.took(0, i % 2 ? std::chrono::nanoseconds::max() : std::chrono::nanoseconds::min());
    auto const due = rule.due(1).value();
    CHECK(due >= 20ms);
    CHECK(due <= 24h);
}

TEST_CASE("a slower cluster is learned within a hundred requests") {
    auto rule = learned();
    for (int i = 0; i < 128; ++i) rule.took(128, 2s);
    CHECK(rule.due(128) == 3s);
}

TEST_CASE("what is late does not sink because the late ones are hedged") {
    std::mt19937 random(1);
    std::lognormal_distribution<double> spread(0, 0.5);
    hedge_rule rule;
    unsigned late = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto const took = std::chrono::nanoseconds(static_cast<std::int64_t>(100e6 * spread(random)));
        auto const due = rule.due(128);
        if (due && took > *due) {
            ++late;
            rule.hedged(128);
        } else {
            rule.took(128, took);
        }
    }
    CHECK(late > 20'000 * 0.03);
    CHECK(late < 20'000 * 0.08);
}

TEST_CASE("a hedge is earned by twenty times its entries") {
    hedge_rule rule;
    CHECK_FALSE(rule.may_hedge(1));
    CHECK_FALSE(rule.may_hedge(0));
    for (int i = 0; i < 19; ++i) rule.asked(100);
    CHECK_FALSE(rule.may_hedge(100));
    CHECK(rule.may_hedge(95));
    rule.asked(100);
    REQUIRE(rule.may_hedge(100));
    rule.hedged(100);
    CHECK_FALSE(rule.may_hedge(1));
}

TEST_CASE("what was saved is bounded by four requests") {
    hedge_rule rule;
    for (int i = 0; i < 10'000; ++i) rule.asked(128);
    CHECK(rule.may_hedge(4 * 128));
    CHECK_FALSE(rule.may_hedge(4 * 128 + 1));
}

TEST_CASE("however late everything is, no more than a twentieth is asked for twice") {
    std::mt19937 random(2);
    hedge_rule rule;
    std::uint64_t asked = 0;
    std::uint64_t hedged = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::size_t const entries = 1 + random() % (i % 1000 < 10 ? 5000 : 200);
        rule.asked(entries);
        asked += entries;
        std::size_t const left = 1 + random() % entries;
        if (rule.may_hedge(left)) {
            rule.hedged(left);
            hedged += left;
        }
        REQUIRE(20 * hedged <= asked);
    }
    CHECK(20 * hedged > asked / 2);  // and it is made use of
}

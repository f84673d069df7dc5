#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <stream/wake_rule.hpp>
#include <utility>

using namespace aisle;
using namespace std::chrono_literals;
using detail::wake_rule;
using detail::waking;

namespace {

wake_rule::clock::time_point at(std::chrono::milliseconds t) {
    return wake_rule::clock::time_point(1s) + t;
}

}  // namespace

TEST_CASE("without patience a consumer is woken immediately, once per turn") {
    wake_rule rule;
    CHECK(rule.came(false, 0ms, at(0ms)) == waking::after_turn);
    CHECK(rule.lets_sleep(true));
    CHECK(rule.came(false, 0ms, at(0ms)) == waking::none);
    CHECK(rule.came(true, 10ms, at(0ms)) == waking::none);
    rule.done();
    CHECK_FALSE(rule.lets_sleep(false));
    CHECK(rule.came(true, 10ms, at(1ms)) == waking::after_turn);
}

TEST_CASE("with patience a consumer sleeps until enough samples are ready") {
    wake_rule rule;
    CHECK(rule.came(false, 10ms, at(0ms)) == waking::later);
    CHECK(rule.came(false, 10ms, at(1ms)) == waking::none);
    CHECK(rule.lets_sleep(false));
    CHECK_FALSE(rule.lets_sleep(true));
    CHECK(rule.came(true, 10ms, at(2ms)) == waking::after_turn);
    CHECK_FALSE(rule.is_over(at(20ms)));
}

TEST_CASE("with patience a consumer sleeps until it has passed; an older wake-up does not end it early") {
    wake_rule rule;
    CHECK(rule.came(false, 10ms, at(0ms)) == waking::later);
    CHECK_FALSE(rule.is_over(at(9ms)));
    rule.done();  // by another batch
    CHECK_FALSE(rule.is_over(at(10ms)));
    CHECK(rule.came(false, 10ms, at(5ms)) == waking::later);
    CHECK_FALSE(rule.is_over(at(10ms)));
    CHECK(rule.is_over(at(15ms)));
}

TEST_CASE("a patience that has already passed lets no consumer sleep") {
    wake_rule rule;
    CHECK(rule.came(false, 10ms, at(0ms)) == waking::later);
    CHECK(rule.came(false, 0ms, at(1ms)) == waking::after_turn);
}

TEST_CASE("enough is a batch's worth, within bounds of samples and bytes") {
    CHECK(wake_rule::is_enough({16, 1'000}, 16));
    CHECK_FALSE(wake_rule::is_enough({15, 1'000}, 16));
    CHECK(wake_rule::is_enough({128, 1'000}, 10'000));
    CHECK_FALSE(wake_rule::is_enough({127, 1'000}, 10'000));
    CHECK(wake_rule::is_enough({2, std::size_t{2} << 20}, 10'000));
}

TEST_CASE("a timer that fires early gets the remaining time, and zero if no consumer sleeps") {
    wake_rule rule;
    CHECK(rule.left(at(0ms)) == 0ms);
    CHECK(rule.came(false, 10ms, at(0ms)) == waking::later);
    CHECK(rule.left(at(4ms)) == 6ms);
    CHECK(rule.left(at(10ms)) == 0ms);
    rule.done();
    CHECK(rule.left(at(4ms)) == 0ms);
    CHECK(rule.came(true, 10ms, at(5ms)) == waking::after_turn);
    CHECK(rule.left(at(6ms)) == 0ms);
}

namespace {

// In virtual time: batches of 32 samples that deliver blocks, their timers that fire early or late, and a consumer that
// takes everything when it is woken.
class woken_consumer {
public:
    using time_point = wake_rule::clock::time_point;
    static constexpr auto most_patience = 25ms, most_late = 20ms, a_turn = 1ms;

    explicit woken_consumer(unsigned seed) : random_(seed) {}

    // Returns the longest time that a ready sample waited while the consumer slept.
    std::chrono::microseconds run(int blocks) {
        for (int i = 0; i < blocks; ++i)
            after(up_to(40'000) + std::chrono::microseconds(i * 3'000), [this] { block(); });
        while (!events_.empty()) {
            auto const next = events_.begin();
            now_ = next->first;
            auto const step = std::move(next->second);
            events_.erase(next);
            step();
        }
        CHECK(ready_ == 0);  // the last block of a stream is taken like any other
        return longest_;
    }

private:
    struct limit {
        bool is_set = false;
        unsigned number = 0;
    };

    std::chrono::microseconds up_to(int us) {
        return std::chrono::microseconds(std::uniform_int_distribution<int>(0, us)(random_));
    }
    void after(std::chrono::microseconds in, std::function<void()> what) {
        events_.emplace(now_ + in, std::move(what));
    }

    void block() {
        if (ready_ == 0) since_ = now_;
        ready_ += 1 + static_cast<std::uint64_t>(up_to(6).count());
        auto const patience = up_to(3) == 0us ? 0us : 1ms + up_to(24'000);
        auto const which = static_cast<std::size_t>(up_to(2).count());
        auto const how = rule_.came(wake_rule::is_enough({ready_, 0}, 32), patience, now_);
        if (how == waking::after_turn) after(up_to(1'000), [this] { wake(); });
        if (how == waking::later) set(which, patience);
        // Its batch may end before its timer fires.
        if (up_to(9) == 0us && std::exchange(limits_[which].is_set, false)) wake();
    }
    void set(std::size_t which, std::chrono::microseconds in) {
        auto& l = limits_[which];
        l.is_set = true;
        auto const early = std::min(in, up_to(9) == 0us ? up_to(20'000) : 0us);
        after(in - early + up_to(20'000), [this, which, number = ++l.number] {
            if (limits_[which].number == number && std::exchange(limits_[which].is_set, false)) expire(which);
        });
    }
    void expire(std::size_t which) {
        if (rule_.is_over(now_)) return wake();
        auto const left = rule_.left(now_);
        if (left > left.zero()) set(which, std::chrono::ceil<std::chrono::microseconds>(left));
    }
    void wake() {
        rule_.done();
        if (ready_ == 0) return;
        longest_ = std::max(longest_, std::chrono::duration_cast<std::chrono::microseconds>(now_ - since_));
        ready_ = 0;
    }

    std::mt19937 random_;
    wake_rule rule_;
    time_point now_ = at(0ms);
    std::multimap<time_point, std::function<void()>> events_;
    std::array<limit, 3> limits_;
    std::uint64_t ready_ = 0;
    time_point since_{};
    std::chrono::microseconds longest_{0};
};

}  // namespace

TEST_CASE("a ready sample is delivered within the patience and the timer's lateness, the last one too") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        CAPTURE(seed);
        auto const longest = woken_consumer(seed).run(60);
        CHECK(longest <= woken_consumer::most_patience + woken_consumer::most_late + woken_consumer::a_turn);
    }
}

#include <aisle/http/deadlines.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

using namespace aisle::http;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

struct bell {
    int rung = 0;
    clock_type::time_point at{};
    std::function<void()> then;

    static void ring(void* self) {
        auto& b = *static_cast<bell*>(self);
        ++b.rung;
        b.at = clock_type::now();
        if (b.then) b.then();
    }
};

}  // namespace

TEST_CASE("a time limit rings once, not before its time and soon after") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 5ms);
    bell b;
    time_limit a(clock, bell::ring, &b);
    auto const began = clock_type::now();
    a.set(50ms);
    io.run();  // ends, as a clock without set time limits does not tick
    CHECK(b.rung == 1);
    CHECK(b.at - began >= 50ms);
    CHECK(b.at - began < 1s);
}

TEST_CASE("a time limit that is set anew rings later, one that is cleared or destroyed never") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
    bell postponed, cleared, destroyed;
    time_limit a(clock, bell::ring, &postponed);
    time_limit b(clock, bell::ring, &cleared);
    std::optional<time_limit> c(std::in_place, clock, bell::ring, &destroyed);
    a.set(10ms);
    b.set(10ms);
    c->set(10ms);
    auto const began = clock_type::now();
    a.set(60ms);
    b.clear();
    c.reset();
    io.run();
    CHECK(postponed.rung == 1);
    CHECK(postponed.at - began >= 60ms);
    CHECK(cleared.rung == 0);
    CHECK(destroyed.rung == 0);
}

TEST_CASE("whoever is rung may set, clear and destroy time limits") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
    bell first, second, third;
    std::optional<time_limit> a(std::in_place, clock, bell::ring, &first);
    std::optional<time_limit> b(std::in_place, clock, bell::ring, &second);
    time_limit c(clock, bell::ring, &third);
    first.then = [&] {
        b.reset();
        c.set(5ms);
        a.reset();
    };
    a->set(5ms);
    b->set(500ms);
    io.run();
    CHECK(first.rung == 1);
    CHECK(second.rung == 0);
    CHECK(third.rung == 1);
}

TEST_CASE("a clock may go while its tick is pending, and a time beyond all bounds is never") {
    boost::asio::io_context io{1};
    bell b;
    {
        auto clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
        time_limit a(clock, bell::ring, &b);
        a.set(2ms);
    }
    io.run();
    CHECK(b.rung == 0);

    io.restart();
    time_limit never(std::make_shared<limit_clock>(io.get_executor(), 1ms), bell::ring, &b);
    never.set(time_limit::duration::max());
    io.run_for(20ms);
    CHECK(b.rung == 0);
}

TEST_CASE("a clock at rest keeps no thread, and ticks again for the next limit") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 20s);
    bell b;
    time_limit a(clock, bell::ring, &b);
    a.set(20000ms);
    clock->rest();
    io.run_for(10s);
    CHECK(io.stopped());  // nothing was left to wait for

    io.restart();
    a.set(0ms);
    io.poll();
    CHECK_FALSE(io.stopped());
}

TEST_CASE("a clock ticks at a quarter of the shortest limit, and no limit is later than two ticks") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), limit_clock::ticks{1ms, 50ms});
    bell b;
    time_limit a(clock, bell::ring, &b);
    auto const began = clock_type::now();
    a.set(40ms);
    // As often as the clock ticks: the time limit and what it takes to find that nothing is set any more.
    auto const steps = io.run();
    CHECK(b.rung == 1);
    CHECK(b.at - began >= 40ms);
    CHECK(b.at - began < 1s);
    CHECK(steps <= 6);
}

TEST_CASE("a short limit that is set while a long tick is under way rings within that tick and one of its own") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), limit_clock::ticks{1ms, 50ms});
    bell slow, fast;
    time_limit a(clock, bell::ring, &slow);
    time_limit b(clock, bell::ring, &fast);
    auto const began = clock_type::now();
    a.set(10'000ms);
    b.set(4ms);
    while (fast.rung == 0) io.run_one();
    CHECK(fast.at - began >= 4ms);
    CHECK(fast.at - began < 1s);
    CHECK(slow.rung == 0);
}

TEST_CASE("a limit that is set and cleared again and again costs the clock no more ticks") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 20ms);
    bell b;
    time_limit a(clock, bell::ring, &b);
    for (int i = 0; i < 1000; ++i) {
        a.set(1000ms);
        a.clear();
    }
    CHECK(io.run() == 1);  // the first tick finds nothing that is set
    CHECK(b.rung == 0);
}

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

    static void on_expired(void* self) {
        auto& b = *static_cast<bell*>(self);
        ++b.rung;
        b.at = clock_type::now();
        if (b.then) b.then();
    }
};

}  // namespace

TEST_CASE("a deadline expires once, not early and not much later") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 5ms);
    bell b;
    time_limit a(clock, bell::on_expired, &b);
    auto const began = clock_type::now();
    a.set(50ms);
    io.run();  // returns, because a clock without deadlines does not tick
    CHECK(b.rung == 1);
    CHECK(b.at - began >= 50ms);
    CHECK(b.at - began < 30s);
}

TEST_CASE("a deadline that is set again expires later; one that is cleared or destroyed does not expire") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
    bell postponed, cleared, destroyed;
    time_limit a(clock, bell::on_expired, &postponed);
    time_limit b(clock, bell::on_expired, &cleared);
    std::optional<time_limit> c(std::in_place, clock, bell::on_expired, &destroyed);
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

TEST_CASE("the callback of a deadline may set, clear and destroy deadlines") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
    bell first, second, third;
    std::optional<time_limit> a(std::in_place, clock, bell::on_expired, &first);
    std::optional<time_limit> b(std::in_place, clock, bell::on_expired, &second);
    time_limit c(clock, bell::on_expired, &third);
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

TEST_CASE("a clock may be destroyed while a tick is pending, and an infinite deadline never expires") {
    boost::asio::io_context io{1};
    bell b;
    {
        auto clock = std::make_shared<limit_clock>(io.get_executor(), 1ms);
        time_limit a(clock, bell::on_expired, &b);
        a.set(2ms);
    }
    io.run();
    CHECK(b.rung == 0);

    io.restart();
    time_limit never(std::make_shared<limit_clock>(io.get_executor(), 1ms), bell::on_expired, &b);
    never.set(time_limit::duration::max());
    io.run_for(20ms);
    CHECK(b.rung == 0);
}

TEST_CASE("a stopped clock does not keep the io_context running, and ticks again for the next deadline") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 20s);
    bell b;
    time_limit a(clock, bell::on_expired, &b);
    a.set(20000ms);
    clock->rest();
    io.run_for(10s);
    CHECK(io.stopped());  // nothing is left to wait for

    io.restart();
    a.set(0ms);
    io.poll();
    CHECK_FALSE(io.stopped());
}

TEST_CASE("a clock ticks at a quarter of the shortest deadline, and no deadline is late by more than two ticks") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), limit_clock::ticks{1ms, 50ms});
    bell b;
    time_limit a(clock, bell::on_expired, &b);
    auto const began = clock_type::now();
    a.set(40ms);
    // The number of ticks: those until the deadline, and those until the clock finds that none is set.
    auto const steps = io.run();
    CHECK(b.rung == 1);
    CHECK(b.at - began >= 40ms);
    CHECK(b.at - began < 30s);
    CHECK(steps <= 6);
}

TEST_CASE("a short deadline set during a long tick expires within that tick and one of its own") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), limit_clock::ticks{1ms, 50ms});
    bell slow, fast;
    time_limit a(clock, bell::on_expired, &slow);
    time_limit b(clock, bell::on_expired, &fast);
    auto const began = clock_type::now();
    a.set(10'000ms);
    b.set(4ms);
    while (fast.rung == 0) io.run_one();
    CHECK(fast.at - began >= 4ms);
    CHECK(fast.at - began < 30s);
    CHECK(slow.rung == 0);
}

TEST_CASE("setting and clearing a deadline repeatedly does not add ticks") {
    boost::asio::io_context io{1};
    auto const clock = std::make_shared<limit_clock>(io.get_executor(), 20ms);
    bell b;
    time_limit a(clock, bell::on_expired, &b);
    for (int i = 0; i < 1000; ++i) {
        a.set(1000ms);
        a.clear();
    }
    CHECK(io.run() == 1);  // the first tick finds no deadline that is set
    CHECK(b.rung == 0);
}

#include <catch2/catch.hpp>

#include <cluster/request_limiter.hpp>
#include <deque>
#include <random>

using namespace std::chrono_literals;
using aisle::detail::request_limiter;

namespace {

request_limiter::time_point at(std::chrono::milliseconds since) {
    return request_limiter::time_point{} + 1h + since;
}

void send(request_limiter& l, unsigned count) {
    for (unsigned i = 0; i < count; ++i) l.sent();
}

void accept_all(request_limiter& l, std::chrono::milliseconds now) {
    for (auto n = l.under_way(); n > 0; --n) {
        l.accepted(at(now));
        l.over();
    }
}

}  // namespace

TEST_CASE("as many requests as allowed, and no more") {
    request_limiter l(3);
    for (int i = 0; i < 3; ++i) {
        CHECK(l.may_send(at(0s)));
        l.sent();
    }
    CHECK_FALSE(l.may_send(at(0s)));
    l.accepted(at(0s));
    CHECK_FALSE(l.may_send(at(0s)));  // an accepted request is still in flight
    l.over();
    CHECK(l.may_send(at(0s)));
    CHECK(request_limiter(0).may_send(at(0s)));
}

TEST_CASE("a refusal halves the requests that were in flight, not the limit") {
    request_limiter l(100);
    send(l, 20);
    l.refused(at(0s), {});
    CHECK(l.limit() == 10);
    request_limiter alone(100);
    alone.sent();
    alone.refused(at(0s), {});
    CHECK(alone.limit() == 1);
}

TEST_CASE("refusals of one round cut once, those of the next round again") {
    request_limiter l(64);
    send(l, 32);
    for (int i = 0; i < 32; ++i) {
        l.refused(at(1ms * i), {});
        l.over();
        REQUIRE(l.limit() == 16);
    }
    send(l, 16);
    for (int i = 0; i < 16; ++i) {
        l.refused(at(100ms), {});
        l.over();
        REQUIRE(l.limit() == 8);
    }
}

TEST_CASE("long answers that were accepted before do not protect the next round") {
    request_limiter l(64);
    send(l, 30);
    for (int i = 0; i < 30; ++i) l.accepted(at(0s));
    send(l, 2);
    l.refused(at(1ms), {});
    l.over();
    CHECK(l.limit() == 16);
    l.refused(at(2ms), {});
    l.over();
    CHECK(l.limit() == 16);
    l.sent();
    l.refused(at(3ms), {});
    CHECK(l.limit() == 15);  // half of 31
}

TEST_CASE("requests without an answer, or without an end, do not protect for long either") {
    request_limiter l(64);
    send(l, 8);
    l.refused(at(0s), {});
    for (int i = 0; i < 8; ++i) l.over();
    send(l, 4);
    l.refused(at(10ms), {});
    CHECK(l.limit() == 2);
    l.refused(at(1009ms), {});
    CHECK(l.limit() == 2);
    l.refused(at(1010ms), {});
    CHECK(l.limit() == 2);  // half of 4 in flight
    for (int i = 0; i < 3; ++i) l.over();
    l.refused(at(3s), {});
    CHECK(l.limit() == 1);
}

TEST_CASE("each round of acceptances allows one more, up to the maximum") {
    request_limiter l(12);
    send(l, 12);
    l.refused(at(0s), {});
    for (int i = 0; i < 12; ++i) l.over();
    for (unsigned expected = 6; expected < 12; ++expected) {
        REQUIRE(l.limit() == expected);
        send(l, expected);
        accept_all(l, 1s);
    }
    CHECK(l.limit() == 12);
    send(l, 12);
    accept_all(l, 2s);
    CHECK(l.limit() == 12);
}

TEST_CASE("Retry-After is respected, up to a limit") {
    request_limiter l(4);
    send(l, 1);
    l.refused(at(0s), 5s);
    l.over();
    CHECK(l.not_before() == at(5s));
    CHECK_FALSE(l.may_send(at(4999ms)));
    CHECK(l.may_send(at(5s)));
    l.refused(at(1s), 1s);
    CHECK(l.not_before() == at(5s));
    l.refused(at(1s), std::chrono::milliseconds::max());
    CHECK(l.not_before() == at(61s));
    l.refused(at(70s), std::chrono::milliseconds::min());
    CHECK(l.may_send(at(70s)));
}

TEST_CASE("the cluster is calm ten seconds after the last refusal") {
    request_limiter l(4);
    CHECK(l.calm(at(0s)));
    l.sent();
    l.refused(at(0s), {});
    CHECK_FALSE(l.calm(at(9999ms)));
    CHECK(l.calm(at(10s)));
}

TEST_CASE("a new maximum raises a limit that was never cut, and caps any other") {
    request_limiter l(8);
    l.set_most(24);
    CHECK(l.limit() == 24);
    send(l, 10);
    l.refused(at(0s), {});
    l.set_most(100);
    CHECK(l.limit() == 5);
    l.set_most(2);
    CHECK(l.limit() == 2);
    l.set_most(0);
    CHECK(l.limit() == 1);
}

TEST_CASE("with a server of fixed capacity the limit stays near it") {
    std::mt19937 random(4);
    request_limiter l(256);
    std::deque<bool> under_way;  // whether it was accepted
    unsigned taken = 0;
    double sum = 0;
    unsigned rounds = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const now = at(i * 1ms);
        if (l.may_send(now)) {
            l.sent();
            under_way.push_back(taken < 40);
            if (under_way.back()) {
                ++taken;
                l.accepted(now);
            } else {
                l.refused(now, {});
            }
        }
        if (!under_way.empty() && random() % 3 == 0) {
            taken -= under_way.front() ? 1 : 0;
            under_way.pop_front();
            l.over();
        }
        REQUIRE(l.limit() >= 1);
        REQUIRE(l.under_way() == under_way.size());
        if (i > 20'000) {
            sum += l.limit();
            ++rounds;
        }
    }
    CHECK(sum / rounds > 20);
    CHECK(sum / rounds < 45);
}

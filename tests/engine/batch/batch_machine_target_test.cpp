// Avoiding targets that are sick, full or gone.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;
using advice = detail::target_book::advice;

namespace {

struct steering : conversation {
    explicit steering(std::uint32_t count = 4) : conversation(objects(count)) {
        targets_are_well({"t1:80", "t2:80", "t3:80"});
        learn_map(1, {"t1", "t2", "t3"});
        does();
    }
};

constexpr char const* pending = "rejected: pending=256";

}  // namespace

TEST_CASE("a redirect to a sick target is left as often as necessary, and the proxy is asked again") {
    steering c;
    c.make_sick("t1:80");
    for (int i = 0; i < 20; ++i) CHECK(c.reaches(1, "t1:80") == advice::leave);
    CHECK(c.cluster.redirects_left == 20);
    CHECK(c.reaches(1, "t2:80") == advice::follow);
    c.brings(1);
    c.ends(1);
    CHECK(c.is_over());
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("a plain GET goes to the entry's owner, sick or not") {
    steering c;
    c.make_sick("t1:80");
    c.reaches(1, "t2:80");
    c.ends(1, errc::short_batch, stage::assemble);
    REQUIRE(c.does() == "plain 2: 0");
    CHECK(c.reaches(2, "t1:80") == advice::follow);
}

TEST_CASE("a probe of a sick target is hedged elsewhere, for the same entries") {
    steering c;
    c.make_sick("t1:80");
    c.pass(1s);
    CHECK(c.reaches(1, "t1:80") == advice::probe);
    CHECK(c.does() == "again 2: 0-3");
    CHECK(c.reaches(2, "t1:80") == advice::leave);
    CHECK(c.reaches(2, "t2:80") == advice::follow);
    c.brings(2);
    c.ends(2);
    CHECK(c.does() == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.is_over());
    CHECK(c.cluster.targets.is_sick("t1:80"));  // the probe had no time for a result
}

TEST_CASE("a target whose probe completes in the usual time is well again") {
    steering c;
    c.make_sick("t1:80");
    c.pass(1s);
    REQUIRE(c.reaches(1, "t1:80") == advice::probe);
    c.pass(50ms);
    c.brings(1);
    c.ends(1);
    CHECK_FALSE(c.cluster.targets.is_sick("t1:80"));
    conversation other(c, objects(4));
    other.does();
    CHECK(other.reaches(1, "t1:80") == advice::follow);
}

TEST_CASE("a target whose probe stalls is sick for longer") {
    steering c;
    c.make_sick("t1:80");
    c.pass(1s);
    REQUIRE(c.reaches(1, "t1:80") == advice::probe);
    c.does();
    c.reaches(2, "t2:80");
    c.pass(300ms);
    c.does();
    c.brings(2);
    c.does();
    c.ends(1, errc::cancelled);
    conversation other(c, objects(4));
    other.does();
    other.pass(1900ms);
    CHECK(other.reaches(1, "t1:80") == advice::leave);
    other.pass(100ms);
    CHECK(other.reaches(1, "t1:80") == advice::probe);
}

TEST_CASE("a 429 that names its target means that another is drawn soon, and that the cluster is not overloaded") {
    steering c;
    auto const limit = c.cluster.limiter.limit();
    c.leaves(1);
    c.refused(1, 429, pending, "ErrTooManyRequests", "t1:80");
    CHECK(c.does_after(10ms) == "get 2: 0-3");
    CHECK(c.cluster.limiter.limit() == limit);
    CHECK(c.cluster.has_capacity(c.now));
    CHECK(c.reaches(2, "t1:80") == advice::leave);
    CHECK(c.reaches(2, "t2:80") == advice::follow);
}

TEST_CASE("a target that is full for half a minute uses up no attempts") {
    steering c;
    auto const begin = c.now;
    while (c.now - begin < 30s) {
        c.pass(1ms);
        auto const id = c.requests.rbegin()->first;
        if (c.requests.at(id).position != 0) continue;
        c.requests.at(id).position = 1;
        c.leaves(id);
        c.refused(id, 429, pending, "ErrTooManyRequests", "t1:80");
    }
    CHECK(c.refusals.empty());
    CHECK(c.requests.size() > 100);
    CHECK(c.requests.size() < 1000);  // and the proxy is not flooded
}

TEST_CASE("a 429 without a target, or for most targets, means an overloaded cluster") {
    steering c;
    auto const limit = c.cluster.limiter.limit();
    c.leaves(1);
    c.refused(1, 429, pending, "ErrTooManyRequests");
    CHECK(c.cluster.limiter.limit() < limit);
    steering most;
    most.cluster.targets.was_full("t2:80", most.now);
    most.leaves(1);
    most.refused(1, 429, pending, "ErrTooManyRequests", "t1:80");
    CHECK(most.cluster.limiter.limit() < limit);
}

TEST_CASE("an answer from a node that has left the cluster is not awaited") {
    steering c;
    c.reaches(1, "t1:80");
    c.brings(1, 1);
    c.pass(100ms);
    c.does();
    c.learn_map(2, {"t2", "t3"});
    c.pass(200ms);
    CHECK(c.does().find("drop 1") != std::string::npos);
}

TEST_CASE("a plain GET at a node that has left the cluster is repeated at the new owner") {
    steering c;
    c.reaches(1, "t2:80");
    c.ends(1, errc::short_batch, stage::assemble);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2, "t1:80");
    c.learn_map(2, {"t2", "t3"});
    c.pass(2s);
    CHECK(c.does().find("drop 2") != std::string::npos);
    c.ends(2, errc::cancelled);
    CHECK(c.does_after(1s).find("plain 4: 0") != std::string::npos);
}

TEST_CASE("a failed link to a target causes a map fetch, and twice makes the target sick") {
    steering c;
    for (std::uint32_t id = 1; id <= 2; ++id) {
        c.pass(1s);
        c.does();
        c.reaches(id, "t1:80");
        c.ends(id, errc::connection_lost);
        CHECK(c.does().find("map") != std::string::npos);
        c.map_is_seen();
    }
    CHECK(c.cluster.targets.is_sick("t1:80"));
}

TEST_CASE("when all redirects lead to sick targets, the map is fetched") {
    conversation c(objects(4));
    c.learn_map(1, {"t1", "t2", "t3"});
    c.targets_are_well({"t1:80", "t2:80", "t3:80"});
    c.make_sick("t1:80");
    c.make_sick("t2:80");
    c.pass(500ms);
    REQUIRE(c.does() == "get 1: 0-3");
    for (int i = 0; i < 16; ++i) {
        CHECK(c.does().empty());
        REQUIRE(c.reaches(1, i % 2 ? "t1:80" : "t2:80") == detail::target_book::advice::leave);
    }
    CHECK(c.does() == "map");
    c.learn_map(2, {"t1", "t2"});
    c.map_is_seen();
    CHECK(c.reaches(1, "t1:80") == detail::target_book::advice::follow);
}

// A proxy answers in milliseconds or is sick.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;

namespace {

std::string current(conversation const& c) {
    return c.cluster.proxies.current().authority();
}

}  // namespace

TEST_CASE("a proxy that does not answer within its timeout is left, and the next one is asked immediately") {
    conversation c(objects(4), {}, 2);
    c.does();
    c.leaves(1);
    CHECK(c.does_after(1999ms).empty());
    CHECK(c.does_after(1ms) == "drop 1; map");
    CHECK(current(c) == "p2:80");
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "get 2: 0-3");
    CHECK(c.machine.overcome()->code == errc::first_byte_timeout);
    c.answers(2);
    CHECK(c.is_over());
}

TEST_CASE("proxy_timeout is respected") {
    detail::batch_rules rules;
    rules.proxy_timeout = 300ms;
    conversation c(objects(4), rules, 2);
    c.does();
    c.leaves(1);
    CHECK(c.does_after(299ms).empty());
    CHECK(c.does_after(1ms) == "drop 1; map");
}

TEST_CASE("all batches leave a hung proxy together") {
    conversation c(objects(4), {}, 2);
    conversation other(c, objects(4));
    c.does();
    other.does();
    c.leaves(1);
    c.pass(1s);
    other.pass(1s);
    other.leaves(1);
    c.pass(1s);
    REQUIRE(c.does() == "drop 1; map");
    CHECK(other.does_after(1s).find("drop 1") != std::string::npos);
}

TEST_CASE("a request that hangs at a proxy that answers others is repeated, and the proxy is not blamed") {
    conversation c(objects(4), {}, 2);
    c.does();
    c.leaves(1);
    c.pass(100ms);
    c.cluster.proxies.answered(c.cluster.proxies.current(), 1ms, c.now);
    CHECK(c.does_after(149ms).empty());
    CHECK(c.does_after(1ms) == "drop 1");
    CHECK(current(c) == "p1:80");
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "get 2: 0-3");
}

TEST_CASE("requests repeated at a proxy that answers others respect the budget") {
    conversation c(objects(4));
    c.cluster.budget.spend(100);
    c.does();
    c.leaves(1);
    c.pass(100ms);
    c.cluster.proxies.answered(c.cluster.proxies.current(), 1ms, c.now);
    CHECK(c.does_after(1899ms).empty());
    CHECK(c.does_after(1ms) == "drop 1");
}

TEST_CASE("after a failed connection the next proxy is used") {
    conversation c(objects(4), {}, 2);
    c.does();
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    CHECK(current(c) == "p2:80");
    CHECK(c.does_after(50ms) == "map; get 2: 0-3");
}

namespace {

/// Requests after number `last` fail to connect, until the machine gives up or this time has passed.
std::chrono::milliseconds refused_for(conversation& c, std::chrono::milliseconds most, std::uint32_t last = 0) {
    auto const began = c.now;
    while (!c.is_over() && c.now - began < most) {
        c.does();
        while (!c.requests.empty() && c.requests.rbegin()->first > last) {
            auto const next = c.requests.upper_bound(last);
            last = next->first;
            c.leaves(last);
            c.ends(last, errc::connect_failed, stage::connect);
        }
        if (!c.is_over()) c.pass(100ms);
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(c.now - began);
}

}  // namespace

TEST_CASE("an endpoint that was never reached is given up after its own limit, and then immediately") {
    conversation c(objects(4), {}, 2);
    auto const took = refused_for(c, 5min);
    CHECK(took >= 30s);
    CHECK(took <= 31s);
    CHECK(c.why(0).code == errc::connect_failed);

    conversation next(c, objects(4));
    CHECK(refused_for(next, 5min) <= 1s);
}

TEST_CASE("a proxy that redirects was reached, whatever the target") {
    conversation c(objects(4));
    c.does();
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    CHECK(c.cluster.proxies.unreached_since());
    c.pass(1s);
    c.leaves(2);
    c.ends(2, errc::map_unavailable, stage::redirect);
    CHECK_FALSE(c.cluster.proxies.unreached_since());
}

TEST_CASE("a cluster that has answered is retried as long as retry.elapsed says, and no longer") {
    detail::batch_rules rules;
    rules.retry.elapsed = 40s;
    conversation c(objects(4), rules);
    c.draw = 0.99;
    c.does();
    c.leaves(1);
    c.refused(1, 503, "starting");  // an answer, though a refusal
    auto const took = refused_for(c, 5min, 1);
    CHECK(took >= 39s);
    CHECK(took <= 41s);  // the last wait is cut at the limit
}

TEST_CASE("a proxy that is not in the cluster, or broken, is left; one that is busy or refuses is not") {
    struct {
        int status;
        char const* words;
        bool left;
    } const answers[] = {{409, "sender ID p[x] not present in the local Smap", true},
                         {500, "", true},
                         {502, "", true},
                         {400, "cannot handle bucket request: Smap v0", true},
                         {429, "rejected: pending=256", false},
                         {503, "", false},
                         {400, "bad entry", false},
                         {404, "bucket does not exist", false}};
    for (auto const& a : answers) {
        INFO(a.status << ' ' << a.words);
        conversation c(objects(4), {}, 2);
        c.does();
        c.leaves(1);
        c.refused(1, a.status, a.words);
        CHECK((current(c) == "p2:80") == a.left);
    }
}

TEST_CASE("a target's answer is never held against the proxy") {
    conversation c(objects(4), {}, 2);
    c.does();
    c.reaches(1);
    c.refused(1, 500, "");
    CHECK(current(c) == "p1:80");
    c.pass(1s);
    auto const id = c.requests.rbegin()->first;
    c.reaches(id);
    c.ends(id, errc::connection_lost);
    CHECK(current(c) == "p1:80");
}

TEST_CASE("waiting for the request limiter does not count as the proxy's delay") {
    conversation c(objects(4), {}, 2);
    c.does();
    CHECK(c.does_after(60s).empty());
    c.leaves(1);
    CHECK(c.does_after(1999ms).empty());
}

TEST_CASE("a plain GET also moves to the next proxy") {
    conversation c(objects(1), {}, 2);
    c.does();
    c.reaches(1);
    c.ends(1, errc::short_batch, stage::assemble);
    c.pass(1s);
    REQUIRE(c.does() == "plain 2: 0");
    c.leaves(2);
    CHECK(c.does_after(2s) == "drop 2; map");
    c.ends(2, errc::cancelled);
    CHECK(c.does_after(100ms) == "plain 3: 0");
    CHECK(current(c) == "p2:80");
}

TEST_CASE("a proxy that was stalled may have an old map, also if it was already late for others") {
    conversation c(objects(1));
    conversation other(c, objects(1));
    c.learn_map(1, {"t1", "t2"});
    for (int i = 0; i < 50; ++i) c.cluster.proxies.answered(c.cluster.proxies.current(), 5ms, c.now);
    c.pass(10s);
    other.now = c.now;
    c.does();
    other.does();
    c.leaves(1);
    c.now += 240ms;
    for (int i = 0; i < 8; ++i) c.cluster.proxies.answered(c.cluster.proxies.current(), 240ms, c.now);
    CHECK_FALSE(c.cluster.view.missing_is_uncertain(c.now));
    c.now += 20ms;
    c.redirected(1, "t1:80");
    CHECK(c.cluster.view.missing_is_uncertain(c.now));
}

// Law 2: no entry waits for another entry's fault. Hedges.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;

namespace {

detail::batch_rules unhedged() {
    detail::batch_rules rules;
    rules.hedging = false;
    return rules;
}

detail::batch_rules in_parts(bool hedging = true) {
    detail::batch_rules rules;
    rules.streaming = false;
    rules.hedging = hedging;
    return rules;
}

struct learned {
    explicit learned(detail::batch_rules rules = unhedged(), std::uint32_t count = 4, unsigned proxies = 1)
        : c(objects(count), rules, proxies) {
        c.targets_are_well({"t1:80", "t2:80", "t3:80"});
        c.learn_map(1, {"t1", "t2", "t3"});
        c.does();
        c.reaches(1, "t1:80");
    }
    conversation c;
};

}  // namespace

TEST_CASE("after 250 ms the entry at which an answer stalls is requested by plain GET, and reading continues") {
    learned l;
    auto& c = l.c;
    c.brings(1, 2);
    CHECK(c.does_after(249ms).empty());
    CHECK(c.does_after(1ms) == "plain 2: 2");
    c.answers(2, "t2:80");
    c.brings(1);  // it continued
    c.ends(1);
    CHECK(c.is_over());
    CHECK(c.machine.plain_gets() == 1);
}

TEST_CASE("before anything is known, an answer may stall for a second") {
    conversation c(objects(4), unhedged());
    c.does();
    c.reaches(1);
    CHECK(c.does_after(999ms).empty());
    CHECK(c.does_after(1ms) == "plain 2: 0");
}

TEST_CASE("later entries are requested elsewhere when the stalled entry has arrived and the answer still stalls") {
    learned l;
    auto& c = l.c;
    c.brings(1, 2);
    REQUIRE(c.does_after(250ms) == "plain 2: 2");
    c.answers(2, "t2:80");
    CHECK(c.does_after(124ms).empty());
    CHECK(c.does_after(1ms) == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "get 3: 3");
    CHECK(c.reaches(3, "t1:80") == detail::target_book::advice::leave);  // not the one that stalls
    CHECK(c.reaches(3, "t3:80") == detail::target_book::advice::follow);
    c.answers(3);
    CHECK(c.is_over());
}

TEST_CASE("entries after a bad one do not wait for the owner's answer about it") {
    learned l;
    auto& c = l.c;
    c.brings(1, 1);
    REQUIRE(c.does_after(250ms) == "plain 2: 1");
    c.reaches(2, "t2:80");
    CHECK(c.does_after(249ms).empty());
    CHECK(c.does_after(1ms) == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "get 3: 2-3");
    c.answers(3, "t3:80");
    c.refused(2, 416, "not satisfiable range");
    CHECK(c.does() == "failed 1");
    CHECK(c.is_over());
}

TEST_CASE("an answer that stalls at its last entry is dropped once its owner has sent the entry") {
    learned l;
    auto& c = l.c;
    c.brings(1, 3);
    REQUIRE(c.does_after(250ms) == "plain 2: 3");
    CHECK(c.does_after(3s).empty());
    c.reaches(2, "t2:80");
    c.brings(2);
    CHECK(c.does() == "drop 1");
    c.ends(1, errc::cancelled);
    c.ends(2);
    CHECK(c.is_over());
}

TEST_CASE("an answer that continues and stalls again is rescued again") {
    learned l;
    auto& c = l.c;
    c.brings(1, 1);
    REQUIRE(c.does_after(250ms) == "plain 2: 1");
    c.answers(2, "t2:80");
    c.brings(1, 2);
    REQUIRE(c.does_after(249ms).empty());
    CHECK(c.does_after(1ms) == "plain 3: 3");
}

TEST_CASE("rescues respect the budget of hedges, until an answer has stalled for five seconds") {
    learned l;
    auto& c = l.c;
    c.cluster.budget.spend(100);
    CHECK(c.does_after(4999ms).empty());
    CHECK(c.does_after(1ms) == "plain 2: 0");
}

TEST_CASE("if answers stall again and again, ever more entries are taken out of them") {
    conversation c(objects(60), unhedged());
    std::vector<std::size_t> alone;
    c.does();
    for (std::uint32_t id = 1; alone.size() < 4;) {
        c.reaches(id, "t" + std::to_string(id) + ":80");
        auto const before = c.machine.plain_gets();
        c.pass(1s);
        for (auto const& [plain, r] : std::map(c.requests))
            if (r.form == detail::request_form::plain && r.position == 0) c.answers(plain, "owner:80");
        alone.push_back(c.machine.plain_gets() - before);
        REQUIRE(c.does_after(1s).ends_with("drop " + std::to_string(id)));
        c.ends(id, errc::cancelled);
        c.does();
        id = c.requests.rbegin()->first;
    }
    CHECK(alone == std::vector<std::size_t>{1, 2, 4, 8});
}

TEST_CASE("a plain GET that stalls is repeated after five seconds, then ten, and continues where it was") {
    learned l;
    auto& c = l.c;
    REQUIRE(c.does_after(250ms) == "plain 2: 0");
    c.brings(1, 0);
    c.ends(1, errc::connection_lost);
    c.does();
    c.reaches(2, "t2:80");
    c.pass(4999ms);
    CHECK(c.does().find("drop 2") == std::string::npos);
    CHECK(c.does_after(1ms).find("drop 2") != std::string::npos);
}

TEST_CASE(
    "a target whose answer stalls at a good entry is sick after the second time, whichever request rescued the batch") {
    learned l;
    auto& c = l.c;
    for (int batches = 0; batches < 2; ++batches) {
        CHECK_FALSE(c.cluster.targets.is_sick("t1:80"));
        conversation one(c, objects(4), unhedged());
        one.does();
        one.reaches(1, "t1:80");
        REQUIRE(one.does_after(250ms) == "plain 2: 0");
        one.answers(2, "t2:80");
        REQUIRE(one.does_after(125ms) == "drop 1");
        one.ends(1, errc::cancelled);
        one.does();
        one.answers(3, "t2:80");
        REQUIRE(one.is_over());
    }
    CHECK(c.cluster.targets.is_sick("t1:80"));
}

TEST_CASE("a bad entry does not make its target sick, however often an answer stalls at it") {
    learned l;
    auto& c = l.c;
    for (int batches = 0; batches < 10; ++batches) {
        conversation one(c, objects(4), unhedged());
        one.does();
        one.reaches(1, "t1:80");
        REQUIRE(one.does_after(250ms) == "plain 2: 0");
        one.reaches(2, "t2:80");
        one.refused(2, 416, "not satisfiable range");
        one.brings(1);
        one.ends(1);
        REQUIRE(one.is_over());
    }
    CHECK_FALSE(c.cluster.targets.is_sick("t1:80"));
}

TEST_CASE("a late request is hedged by another proxy and another target, for the remaining entries") {
    learned l(detail::batch_rules{}, 4, 2);
    auto& c = l.c;
    c.brings(1, 2);
    CHECK(c.does_after(149ms).empty());
    CHECK(c.does_after(1ms) == "again 2: 2-3");
    c.leaves(2);
    CHECK(c.cluster.proxies.choose(true, c.now).authority() == "p2:80");
    CHECK(c.redirected(2, "t1:80").what == detail::target_book::advice::leave);
    CHECK(c.reaches(2, "t2:80") == detail::target_book::advice::follow);
    c.brings(2);
    CHECK(c.does() == "drop 1");
    CHECK(c.machine.hedges() == 1);
    CHECK(c.machine.hedges_won() == 1);
    c.ends(2);
    CHECK_FALSE(c.is_over());
    c.ends(1, errc::cancelled);
    CHECK(c.is_over());
}

TEST_CASE("a request has at most two hedges") {
    learned l(detail::batch_rules{}, 2);
    auto& c = l.c;
    c.cluster.budget.asked(1000);
    c.pass(10s);
    CHECK(c.machine.hedges() == 2);
}

TEST_CASE("an entry that arrives twice is delivered once, whichever request is first") {
    learned l;
    auto& c = l.c;
    REQUIRE(c.does_after(250ms) == "plain 2: 0");
    c.reaches(2, "t2:80");
    c.brings(1, 1);
    CHECK_FALSE(c.machine.delivered(2, 0, c.now));
    CHECK(c.does() == "drop 2");  // no longer needed
    c.brings(1);
    c.ends(1);
    c.ends(2, errc::cancelled);
    CHECK(c.is_over());
}

TEST_CASE("nothing is hedged while the cluster is overloaded") {
    learned l(detail::batch_rules{});
    auto& c = l.c;
    c.cluster.limiter.refused(c.now, {});
    c.brings(1, 3);
    c.pass(9s);
    CHECK(c.machine.hedges() == 0);
}

TEST_CASE("nothing is hedged beyond the budget, except an answer that has stalled for five seconds") {
    learned l(detail::batch_rules{});
    auto& c = l.c;
    c.cluster.budget.spend(100);
    c.brings(1, 2);
    CHECK(c.does_after(4999ms).empty());
    CHECK(c.does_after(1ms).find("again") != std::string::npos);
}

TEST_CASE("a stalled request that holds the only slot is replaced, because no hedge can start") {
    learned l(in_parts());
    auto& c = l.c;
    c.cluster.limiter.sent();
    c.cluster.limiter.refused(c.now, {});
    CHECK(c.does_after(14s).empty());
    CHECK(c.does_after(2s) == "drop 1");
    c.cluster.limiter.over();
    c.ends(1, errc::cancelled);
    CHECK(c.does_after(1s) == "map; get 2: 0-3");
}

TEST_CASE("one slow target does not delay the hedges of others") {
    learned l(detail::batch_rules{});
    auto& c = l.c;
    for (int i = 0; i < 100; ++i) {
        c.targets_are_well({"t2:80", "t3:80"});
        c.cluster.targets.beaten("t1:80", 4, 20s, 20s, c.now);
    }
    c.brings(1, 2);
    CHECK(c.does_after(150ms) == "again 2: 2-3");
}

TEST_CASE(
    "a multipart answer does not show where it stalls, so all of it is hedged with a stream and no entry is rescued") {
    learned l(in_parts());
    auto& c = l.c;
    CHECK(c.does_after(150ms) == "again streamed 2: 0-3");
    c.pass(2s);
    CHECK(c.machine.plain_gets() == 0);
}

TEST_CASE("a request with unknown timing does not keep the driver awake") {
    conversation c(objects(4), in_parts());
    c.does();
    c.reaches(1);
    c.pass(60s);
    CHECK(c.turns < 200);
}

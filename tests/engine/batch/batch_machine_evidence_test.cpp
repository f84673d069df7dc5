// Law 1: a request that ends without an entry is evidence against it. Law 3: a link fault is not.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;

TEST_CASE("a batch is requested immediately, and finished when all entries have arrived and the answer has ended") {
    conversation c(objects(4));
    CHECK(c.does() == "get 1: 0-3");
    CHECK(c.does_after(200ms).empty());
    c.reaches(1);
    c.brings(1, 3);
    CHECK_FALSE(c.machine.answered());
    c.brings(1);
    CHECK(c.machine.answered());
    CHECK_FALSE(c.is_over());
    c.ends(1);
    CHECK(c.is_over());
    CHECK(c.does().empty());
    CHECK_FALSE(c.machine.fault());
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("an answer that ends early is evidence against the entry it stopped at, and the rest is requested again") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.brings(1, 2);
    c.ends(1, errc::short_batch, stage::assemble);
    CHECK(c.does() == "plain 2: 2");
    CHECK(c.does_after(50ms) == "stream 3: 3");
    c.answers(2);
    c.answers(3);
    CHECK(c.is_over());
    CHECK(c.machine.retries() == 1);
    CHECK(c.machine.plain_gets() == 1);
    CHECK(c.machine.overcome()->code == errc::short_batch);
    CHECK_FALSE(c.machine.fault());
}

TEST_CASE("evidence counts while a hedge for the same entries is in flight") {
    conversation c(objects(4));
    c.targets_are_well({"t1:80", "t2:80"});
    c.does();
    c.reaches(1, "t1:80");
    c.brings(1, 2);
    REQUIRE(c.does_after(150ms) == "again 2: 2-3");
    c.reaches(2, "t2:80");
    c.ends(1, errc::short_batch, stage::assemble);
    CHECK(c.does_after(1ms) == "plain 3: 2");
}

TEST_CASE("a hedge that ends without the entry is evidence while the first request is in flight") {
    conversation c(objects(4));
    c.targets_are_well({"t1:80", "t2:80"});
    c.does();
    c.reaches(1, "t1:80");
    c.brings(1, 2);
    REQUIRE(c.does_after(150ms) == "again 2: 2-3");
    c.reaches(2, "t2:80");
    c.ends(2, errc::short_batch, stage::assemble);
    CHECK(c.does_after(1ms) == "plain 3: 2");
}

TEST_CASE("an entry that its owner refuses fails with the owner's message") {
    conversation c(objects(3));
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.ends(1, errc::short_batch, stage::assemble);
    REQUIRE(c.does_after(50ms) == "plain 2: 1; stream 3: 2");
    c.reaches(2);
    c.refused(2, 416, "not satisfiable range [5-9]", "ErrRangeNotSatisfiable");
    CHECK(c.does() == "failed 1");
    CHECK(c.why(1).server_text == "not satisfiable range [5-9]");
    CHECK(c.why(1).entry == 1);
    c.answers(3);
    CHECK(c.is_over());
}

TEST_CASE("an entry that never arrives fails after five plain GETs, and the others arrive") {
    conversation c(objects(3));
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.ends(1, errc::short_batch, stage::assemble);
    c.pass(50ms);
    c.answers(3);
    std::uint32_t id = 2;
    for (int answer = 1; answer <= 5; ++answer) {
        CHECK_FALSE(c.refusals.contains(1));
        c.reaches(id);
        c.refused(id, 500, "cannot read");
        c.pass(1s);
        id = c.requests.rbegin()->first;
    }
    CHECK(c.refusals.contains(1));
    CHECK(c.why(1).server_text == "cannot read");
    CHECK(c.machine.plain_gets() == 5);
    CHECK(c.is_over());
}

TEST_CASE("if whole requests fail, ever more entries are taken out of them, at most sixteen") {
    conversation c(objects(60));
    std::vector<std::size_t> alone;
    for (int round = 0; round < 6; ++round) {
        c.pass(1s);
        auto const newest = std::find_if(c.requests.rbegin(), c.requests.rend(),
                                         [](auto const& r) { return r.second.form != detail::request_form::plain; });
        alone.push_back(60 - newest->second.entries.size());
        c.reaches(newest->first);
        c.ends(newest->first, errc::short_batch, stage::assemble);
    }
    CHECK(alone == std::vector<std::size_t>{0, 1, 3, 7, 15, 31});
}

TEST_CASE("at most eight plain GETs of one batch are in flight, without those for cold objects") {
    conversation c(objects(20));
    c.does();
    c.reaches(1);
    for (int i = 0; i < 20; ++i) c.lacks(1);
    CHECK(c.does() == "plain 2: 0; plain 3: 1; plain 4: 2; plain 5: 3; plain 6: 4; plain 7: 5; plain 8: 6; plain 9: 7");
    c.answers(2);
    CHECK(c.does() == "plain 10: 8");
}

TEST_CASE("a payload with wrong bytes is requested by plain GET, and fails if it is wrong there twice") {
    conversation c(objects(3));
    c.does();
    c.reaches(1);
    c.spoils(1);
    c.brings(1);
    c.ends(1);
    CHECK(c.does() == "plain 2: 0");
    c.reaches(2);
    c.spoils(2);
    c.ends(2);
    CHECK(c.does_after(50ms) == "plain 3: 0");
    c.reaches(3);
    c.spoils(3);
    c.ends(3);
    CHECK(c.does() == "failed 0");
    CHECK(c.why(0).code == errc::wrong_checksum);
    CHECK(c.is_over());
    CHECK_FALSE(c.machine.fault());
}

TEST_CASE("a sample over the size limit fails immediately") {
    conversation c(objects(2));
    c.does();
    c.reaches(1);
    c.spoils(1, errc::limit_exceeded);
    c.brings(1);
    CHECK(c.does() == "failed 0");
    c.ends(1);
    CHECK(c.is_over());
}

TEST_CASE("no number of failed connections is evidence against an entry") {
    conversation c(objects(2));
    c.draw = 0.1;
    c.cluster.proxies.heard();  // the endpoint is right
    for (std::uint32_t id = 1; id <= 90; ++id) {
        c.pass(2s);
        REQUIRE(c.requests.rbegin()->first == id);
        REQUIRE(c.requests.at(id).form == detail::request_form::as_asked);
        c.leaves(id);
        c.ends(id, errc::connect_failed, stage::connect);
        c.map_is_seen();
    }
    CHECK(c.machine.plain_gets() == 0);
    CHECK(c.refusals.empty());
}

TEST_CASE("an entry at which the link breaks three times is requested by plain GET, which keeps received bytes") {
    conversation c(objects(3));
    for (std::uint32_t id = 1; id <= 3; ++id) {
        c.pass(1s);
        REQUIRE(c.machine.plain_gets() == 0);
        c.reaches(id);
        if (id == 1) c.brings(id, 1);
        c.ends(id, errc::connection_lost);
    }
    CHECK(c.does_after(1s) == "get 1: 0-2; map; get 2: 1-2; get 3: 1-2; plain 4: 1; get 5: 2");
}

TEST_CASE("a plain GET that is cut continues there, any number of times, while bytes arrive") {
    conversation c(objects(1));
    c.does();
    c.reaches(1);
    c.ends(1, errc::short_batch, stage::assemble);
    for (std::uint32_t id = 2; id < 300; ++id) {
        c.pass(10s);
        REQUIRE(c.requests.contains(id));
        c.reaches(id);
        c.receives(id, id * 1000, 1000);
        c.ends(id, errc::connection_lost);
    }
    CHECK(c.refusals.empty());
}

TEST_CASE("a plain GET cut at the same byte three times, with new bytes, means a damaged object") {
    conversation c(objects(1));
    c.does();
    c.reaches(1);
    c.ends(1, errc::short_batch, stage::assemble);
    for (std::uint32_t id = 2; id <= 4; ++id) {
        c.pass(10s);
        CHECK(c.refusals.empty());
        c.reaches(id);
        c.receives(id, 4711, 4711);
        c.ends(id, errc::truncated_body);
    }
    CHECK(c.does().ends_with("failed 0"));
    CHECK(c.why(0).code == errc::truncated_body);
}

TEST_CASE("a proxy's 500 is no evidence against an entry") {
    conversation c(objects(1));
    c.does();
    c.reaches(1);
    c.ends(1, errc::short_batch, stage::assemble);
    for (std::uint32_t id = 2; id < 22; ++id) {
        c.pass(10s);
        REQUIRE(c.requests.contains(id));
        c.leaves(id);
        c.refused(id, 500, "panic");
    }
    CHECK(c.refusals.empty());
}

TEST_CASE("a target whose answer ended at a good entry is blamed, and is sick after the second time") {
    conversation c(objects(2));
    c.targets_are_well({"t1:80", "t2:80"});
    for (int batches = 0; batches < 2; ++batches) {
        CHECK_FALSE(c.cluster.targets.is_sick("t1:80"));
        conversation one(c, objects(2));
        one.does();
        one.reaches(1, "t1:80");
        one.ends(1, errc::short_batch, stage::assemble);
        one.pass(50ms);
        one.answers(2, "t2:80");
        one.answers(3, "t2:80");
        REQUIRE(one.is_over());
    }
    CHECK(c.cluster.targets.is_sick("t1:80"));
}

TEST_CASE("an answer that ends after its eighth missing entry is not its target's fault") {
    conversation c(objects(12));
    c.targets_are_well({"t1:80", "t2:80"});
    c.does();
    c.reaches(1, "t1:80");
    for (int i = 0; i < 8; ++i) c.lacks(1, "does not exist");
    c.ends(1, errc::short_batch, stage::assemble);
    REQUIRE(c.does_after(50ms) == "map; plain 2: 8; stream 3: 9-11");
    c.answers(2, "t2:80");
    c.cluster.targets.failed("t1:80", c.now);
    CHECK_FALSE(c.cluster.targets.is_sick("t1:80"));
}

// Law 4: "missing" means that the server reports not found, in a settled cluster.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;

namespace {

constexpr char const* not_there = "ais://b/o1 does not exist";

// One request for three entries, which delivers the first and reports the second missing.
struct lacking : conversation {
    explicit lacking(std::string words, detail::batch_rules rules = {}) : conversation(objects(3), rules) {
        does();
        reaches(1);
        brings(1, 1);
        lacks(1, std::move(words));
    }
};

}  // namespace

TEST_CASE("an entry reported not found is missing after a map fetch") {
    lacking c(not_there);
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "missing 1");
    CHECK(c.why(1).code == errc::missing);
    CHECK(c.why(1).server_text == not_there);
    c.brings(1);
    c.ends(1);
    CHECK(c.is_over());
    CHECK_FALSE(c.machine.fault());
}

TEST_CASE("on_missing::fail makes a missing entry a failed one") {
    detail::batch_rules rules;
    rules.missing = on_missing::fail;
    lacking c(not_there, rules);
    c.does();
    c.map_is_seen();
    CHECK(c.does() == "failed 1");
    CHECK(c.why(1).code == errc::missing);
}

TEST_CASE("a placeholder without a message is settled by the entry's owner, which reports it missing") {
    lacking c("");
    CHECK(c.does() == "plain 2: 1");
    c.reaches(2);
    c.lacks(2, not_there);
    c.ends(2);
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "missing 1");
    CHECK(c.why(1).server_text == not_there);
}

TEST_CASE("a placeholder without a message is settled by the entry's owner, which has it") {
    lacking c("");
    REQUIRE(c.does() == "plain 2: 1");
    c.answers(2);
    c.brings(1);
    c.ends(1);
    CHECK(c.is_over());
    CHECK(c.refusals.empty());
}

TEST_CASE("a message other than not found never makes an entry missing") {
    for (auto const* words : {"unrecognized file format", "hole", "failed to read", "mountpath does not exist"}) {
        lacking c(words);
        CHECK(c.does() == "plain 2: 1");
        c.reaches(2);
        c.refused(2, 400, "not an archive");
        CHECK(c.does() == "failed 1");
        CHECK(c.why(1).server_text == "not an archive");
    }
}

TEST_CASE("an entry that cannot be settled because of the link fails with the server's message") {
    detail::batch_rules rules;
    rules.retry.attempts = 3;
    lacking c("unrecognized file format", rules);
    c.brings(1);
    c.ends(1);
    for (std::uint32_t id = 2; id <= 4; ++id) {
        c.pass(5s);
        REQUIRE(c.requests.contains(id));
        c.leaves(id);
        c.ends(id, errc::connect_failed, stage::connect);
    }
    c.does();
    CHECK(c.refusals.at(1).status == sample_status::failed);
    CHECK(c.why(1).server_text == "unrecognized file format");
}

TEST_CASE("in a cluster whose map has changed, an entry is requested again before it counts as missing") {
    lacking c(not_there);
    c.brings(1);
    c.ends(1);
    c.learn_map(1, {"t1", "t2"});
    c.pass(1s);
    c.learn_map(2, {"t1", "t2", "t3"});
    c.map_is_seen();
    c.does();
    CHECK(c.does_after(150ms) == "get 2: 1");
    c.answers(2);  // it was moving to another node
    CHECK(c.is_over());
    CHECK(c.refusals.empty());
}

TEST_CASE("a failed map fetch leaves missing uncertain") {
    lacking c(not_there);
    c.brings(1);
    c.ends(1);
    c.learn_map(1, {"t1", "t2"});
    c.pass(1s);
    c.map_is_seen(false);
    c.does();
    CHECK(c.does_after(150ms) == "get 2: 1");
}

TEST_CASE("an entry that a changing cluster always reports missing is finally missing") {
    lacking c(not_there);
    c.brings(1);
    c.ends(1);
    c.learn_map(1, {"t1", "t2"});
    std::uint64_t version = 1;
    int asked = 0;
    for (auto begin = c.now; !c.is_over() && c.now - begin < 10min;) {
        auto const did = c.does();
        if (did.find("map") != std::string::npos) {
            c.learn_map(++version, {"t1", version % 2 ? "t2" : "t3"});
            c.map_is_seen();
        }
        auto const newest = c.requests.rbegin()->first;
        if (newest != 1 && c.requests.at(newest).position == 0) {
            ++asked;
            c.reaches(newest);
            c.lacks(newest, not_there);
            c.ends(newest);
        }
        c.pass(100ms);
    }
    CHECK(c.is_over());
    CHECK(c.refusals.at(1).status == sample_status::missing);
    CHECK(asked > 50);
    CHECK(asked < 300);
    CHECK(c.now - conversation::start > 299s);
    CHECK(c.now - conversation::start < 310s);
}

TEST_CASE("one map fetch settles all entries that were reported missing before it began") {
    conversation c(objects(6));
    c.does();
    c.reaches(1);
    c.lacks(1, not_there);
    c.lacks(1, not_there);
    CHECK(c.does() == "map");
    auto const began = c.now;
    c.pass(10ms);
    c.lacks(1, not_there);
    CHECK(c.does().empty());
    c.machine.map_seen(began, true, c.now);
    CHECK(c.does() == "missing 0; missing 1; map");  // the third needs a newer map
    c.map_is_seen();
    CHECK(c.does() == "missing 2");
}

TEST_CASE("an entry is requested again while a node does not answer, because the map may be late") {
    lacking c(not_there);
    c.brings(1);
    c.ends(1);
    c.learn_map(1, {"t1", "t2"});
    c.pass(1s);
    c.cluster.view.disturbed(c.now);
    c.map_is_seen();
    c.does();
    CHECK(c.does_after(150ms) == "get 2: 1");
    c.reaches(2);
    c.lacks(2, not_there);
    c.ends(2);
    c.pass(5s);
    c.map_is_seen();
    CHECK(c.does().ends_with("missing 1"));
}

TEST_CASE("map fetches keep a minimum interval, however many entries are missing") {
    conversation c(objects(200));
    c.does();
    c.reaches(1);
    int map_fetches = 0;
    for (int i = 0; i < 100; ++i) {
        c.lacks(1, not_there);
        c.pass(10ms);
        if (c.does().find("map") == std::string::npos) continue;
        ++map_fetches;
        c.cluster.view.map_requested(c.now);
        c.map_is_seen();
    }
    CHECK(map_fetches >= 3);
    CHECK(map_fetches <= 5);  // in one second
}

TEST_CASE("without retries the server's report is final") {
    detail::batch_rules rules;
    rules.retry = no_retry;
    CHECK(lacking("", rules).does() == "missing 1");
    CHECK(lacking("unrecognized file format", rules).does() == "failed 1");
}

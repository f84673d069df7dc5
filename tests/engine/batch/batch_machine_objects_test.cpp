// The form "objects": a plain GET of each entry instead of Get-Batch.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

detail::batch_rules objects_form() {
    detail::batch_rules r;
    r.as_objects = true;
    return r;
}

}  // namespace

TEST_CASE("as objects, each entry is requested separately, several at a time") {
    conversation c(objects(3), objects_form());
    CHECK(c.does() == "plain 1: 0; plain 2: 1; plain 3: 2");
    for (std::uint32_t id : {2u, 3u, 1u}) c.answers(id);
    CHECK(c.is_over());
    CHECK(c.machine.plain_gets() == 3);
    CHECK(c.machine.requests() == 0);
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("as objects, at most 32 of a batch are in flight") {
    conversation c(objects(40), objects_form());
    c.does();
    CHECK(c.requests.size() == 32);
    c.answers(1);
    CHECK(c.does() == "plain 33: 32");
    for (std::uint32_t id = 2; id <= 40; ++id) {
        c.does();
        c.answers(id);
    }
    CHECK(c.is_over());
}

TEST_CASE("as objects, a GET that fails is repeated, and the others arrive") {
    conversation c(objects(2), objects_form());
    CHECK(c.does() == "plain 1: 0; plain 2: 1");
    c.answers(2);
    c.reaches(1);
    c.ends(1, errc::connection_lost);
    CHECK(c.does_after(1s) == "map; plain 3: 0");
    c.answers(3);
    CHECK(c.is_over());
    CHECK(c.refusals.empty());
}

TEST_CASE("as objects, an entry that its owner does not have is missing after a map fetch") {
    conversation c(objects(2), objects_form());
    c.does();
    c.reaches(1);
    c.lacks(1);
    c.ends(1);
    CHECK(c.does() == "map");
    c.answers(2);
    c.map_is_seen();
    CHECK(c.does() == "missing 0");
    CHECK(c.is_over());
}

TEST_CASE("as objects, a late one is hedged by Get-Batch") {
    conversation c(objects(2), objects_form());
    c.does();
    c.answers(2);
    c.reaches(1);
    CHECK(c.does_after(900ms).empty());
    CHECK(c.does_after(200ms) == "again streamed 3: 0");
    CHECK(c.machine.hedges() == 1);
    c.answers(3, "t2:80");
    CHECK(c.does() == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.is_over());
    CHECK(c.machine.hedges_won() == 1);
}

TEST_CASE("as objects, a Get-Batch hedge that fails changes nothing, and is repeated only a few times") {
    conversation c(objects(1), objects_form());
    c.does();
    c.reaches(1);
    CHECK(c.does_after(1100ms) == "again streamed 2: 0");
    c.reaches(2, "t2:80");
    c.ends(2, errc::connection_lost);
    auto const later = c.does_after(4s);
    CHECK(later.find("again") == later.rfind("again"));
    c.receives(1, 500, 500);
    c.brings(1);
    c.ends(1);
    c.pass(10s);
    for (auto const& [id, r] : c.requests)
        if (id > 2) c.ends(id, errc::cancelled);
    CHECK(c.is_over());
}

TEST_CASE("as objects without hedging, a late one is not hedged") {
    auto rules = objects_form();
    rules.hedging = false;
    conversation c(objects(1), rules);
    c.does();
    c.reaches(1);
    CHECK(c.does_after(4s).empty());
}

TEST_CASE("a batch that ends at the first missing entry is not requested as objects") {
    auto rules = objects_form();
    rules.cont_on_err = false;
    conversation c(objects(3), rules);
    CHECK(c.does() == "get 1: 0-2");
}

TEST_CASE("without cold GETs only buckets without a backend are requested as objects") {
    auto rules = objects_form();
    rules.cold_gets = false;
    conversation before(objects(1));
    before.cluster.backends["ais://c"] = true;
    CHECK(conversation(before, objects(2), rules).does() == "plain 1: 0; plain 2: 1");
    CHECK(conversation(before, objects(2, "ais://c"), rules).does() == "get 1: 0-1");
    CHECK(conversation(objects(2, "ais://unknown"), rules).does() == "get 1: 0-1");
    CHECK(conversation(objects(2, "s3://cloud"), rules).does() == "get 1: 0-1");
    CHECK(conversation(objects(2, "s3://cloud"), objects_form()).does() == "plain 1: 0; plain 2: 1");
}

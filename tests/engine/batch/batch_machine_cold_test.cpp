// Entries of buckets with a backend that the cluster does not hold yet.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::objects;

namespace {

std::shared_ptr<batch const> members(std::uint32_t count, std::string_view shard = "s.tar") {
    batch b{"s3://b"};
    for (std::uint32_t i = 0; i < count; ++i) b.add(shard, {.archpath = "m" + std::to_string(i)});
    return std::make_shared<batch const>(std::move(b));
}

}  // namespace

TEST_CASE("a missing entry of a cloud bucket is fetched by a plain GET") {
    for (auto const* bucket : {"s3://b", "gs://b", "az://b", "oc://b", "ais://@remote/b"}) {
        conversation c(objects(3, bucket));
        c.does();
        c.reaches(1);
        c.brings(1, 1);
        c.lacks(1);
        CHECK(c.does() == "plain 2: 1");
        c.answers(2);
        c.brings(1);
        c.ends(1);
        CHECK(c.is_over());
        CHECK(c.machine.cold() == 1);
        CHECK(c.cluster.cold_delivered == 1);
        CHECK(c.cluster.cold_under_way == 0);
    }
}

TEST_CASE("an entry that the backend does not have either is missing") {
    conversation c(objects(2, "s3://b"));
    c.does();
    c.reaches(1);
    c.lacks(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2);
    c.lacks(2, "s3://b/o0 does not exist");
    c.ends(2);
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "missing 0");
    CHECK(c.machine.cold() == 0);
}

TEST_CASE("two missing entries and none delivered show a cold bucket: the rest is fetched without waiting") {
    conversation c(objects(10, "s3://b"));
    c.does();
    c.reaches(1);
    c.lacks(1);
    CHECK(c.does() == "plain 2: 0");
    c.lacks(1);
    CHECK(c.does() ==
          "plain 3: 1; plain 4: 2; plain 5: 3; plain 6: 4; plain 7: 5; plain 8: 6; plain 9: 7; plain 10: 8; plain 11: "
          "9");
    for (std::uint32_t id = 2; id <= 11; ++id) c.answers(id);
    CHECK(c.does() == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.is_over());
    CHECK(c.machine.cold() == 10);
}

TEST_CASE("among delivered entries, four missing ones show a cold bucket") {
    conversation c(objects(10, "s3://b"));
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    for (int i = 0; i < 3; ++i) c.lacks(1);
    CHECK(c.does() == "plain 2: 1; plain 3: 2; plain 4: 3");
    c.lacks(1);
    CHECK(c.does() == "plain 5: 4; plain 6: 5; plain 7: 6; plain 8: 7; plain 9: 8; plain 10: 9");
}

TEST_CASE("the number of cold entries fetched at once is limited over all batches") {
    conversation c(objects(10, "s3://b"));
    c.cluster.most_cold = 4;
    c.does();
    c.reaches(1);
    c.lacks(1);
    c.lacks(1);
    c.pass(500ms);
    CHECK(c.machine.plain_gets() == 4);
    conversation other(c, objects(3, "s3://b"));
    other.does();
    other.reaches(1);
    other.lacks(1);
    CHECK(other.does_after(500ms).empty());
    c.answers(2);
    CHECK(other.does_after(20ms) == "plain 2: 0");  // because the other batch does not use its slot
    CHECK(c.cluster.cold_under_way == 4);
}

TEST_CASE("one member fetches its whole shard; the others are then requested by Get-Batch") {
    conversation c(members(5));
    c.does();
    c.reaches(1);
    for (int i = 0; i < 5; ++i) c.lacks(1);
    c.ends(1);
    CHECK(c.does() == "plain 2: 0");
    CHECK(c.does_after(5s).empty());
    c.answers(2);
    CHECK(c.does() == "get 3: 1-4");
    c.answers(3);
    CHECK(c.is_over());
    CHECK(c.machine.cold() == 1);
}

TEST_CASE("over the budget, the first batch continues with the member that fetches the shard of its next entry") {
    conversation c(members(2));
    c.around.part_bytes = 1;
    c.does();
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    REQUIRE(c.does_after(200ms) == "map; get 2: 1; get 3: 0");
    c.reaches(2);
    c.lacks(2);
    c.ends(2);
    REQUIRE(c.does() == "plain 4: 1");
    c.reaches(4);
    c.reaches(3);
    c.lacks(3);
    c.ends(3);
    CHECK(c.does().empty());
    c.around.room_bytes = 0;
    error no_memory{errc::cancelled, stage::response, "no memory"};
    no_memory.code = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    c.machine.ended(4, no_memory, {}, {}, c.now);
    CHECK(c.does_after(1s).find("plain") == std::string::npos);
    c.around.must_go_on = true;
    CHECK(c.does_after(1s).find("plain 5: 1") != std::string::npos);
}

TEST_CASE("a member missing in a shard that has arrived is settled by its own plain GET") {
    conversation c(members(2));
    c.does();
    c.reaches(1);
    c.lacks(1);
    c.lacks(1);
    c.ends(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.answers(2);
    REQUIRE(c.does() == "get 3: 1");
    c.reaches(3);
    c.lacks(3);
    c.ends(3);
    CHECK(c.does() == "plain 4: 1");
    c.reaches(4);
    c.lacks(4, "m1 does not exist");
    c.ends(4);
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "missing 1");
}

TEST_CASE("the other members of a shard do not wait for one that is not in it") {
    conversation c(members(3));
    c.does();
    c.reaches(1);
    for (int i = 0; i < 3; ++i) c.lacks(1);
    c.ends(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2);
    c.lacks(2, "m0 not found in s.tar");
    c.ends(2);
    CHECK(c.does() == "map; get 3: 1-2");
}

TEST_CASE("an ais bucket is asked once if it has a backend; if so, its missing entries are fetched") {
    conversation c(objects(3));
    c.cluster.backends.clear();
    c.does();
    c.reaches(1);
    c.lacks(1, "does not exist");
    c.lacks(1, "does not exist");
    CHECK(c.does() == "bucket ais://b");
    CHECK(c.does_after(500ms).find("bucket") == std::string::npos);
    c.cluster.backends["ais://b"] = true;
    c.machine.bucket_seen("ais://b", c.now);
    CHECK(c.does() == "plain 2: 0; plain 3: 1");
    conversation other(c, objects(1));
    other.does();
    other.reaches(1);
    other.lacks(1, "does not exist");
    CHECK(other.does() == "plain 2: 0");
}

TEST_CASE("a bucket without a backend has no cold entries") {
    conversation c(objects(3));
    c.cluster.backends.clear();
    c.does();
    c.reaches(1);
    c.lacks(1, "does not exist");
    REQUIRE(c.does() == "bucket ais://b");
    c.cluster.backends["ais://b"] = false;
    c.machine.bucket_seen("ais://b", c.now);
    CHECK(c.does() == "map");
}

TEST_CASE("if a look-up of the bucket fails eight times, plain GETs settle its missing entries") {
    conversation c(objects(1));
    c.cluster.backends.clear();
    c.does();
    c.reaches(1);
    c.lacks(1, "does not exist");
    c.ends(1);
    int lookups = 0;
    for (int second = 0; second < 200 && !c.requests.contains(2); ++second) {
        auto const did = c.does_after(1s);
        if (did.find("bucket") == std::string::npos) continue;
        ++lookups;
        c.machine.bucket_seen("ais://b", c.now);
    }
    CHECK(lookups == 8);
    REQUIRE(c.requests.contains(2));
    CHECK(c.requests.at(2).form == detail::request_form::plain);
    c.reaches(2);
    c.lacks(2, "does not exist");
    c.ends(2);
    CHECK(c.does_after(1s).ends_with("map"));
    c.map_is_seen();
    CHECK(c.does() == "missing 0");
}

TEST_CASE("without cold GETs, cold entries are missing") {
    detail::batch_rules rules;
    rules.cold_gets = false;
    conversation c(objects(2, "s3://b"), rules);
    c.does();
    c.reaches(1);
    c.lacks(1, "does not exist");
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "missing 0");
}

// Requests refused as a whole, strict mode, and the parts of a large batch.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::megabytes;
using test::objects;

namespace {

detail::batch_rules strictly() {
    detail::batch_rules rules;
    rules.cont_on_err = false;
    rules.hedging = false;
    return rules;
}

detail::batch_rules in_parts() {
    detail::batch_rules rules;
    rules.streaming = false;
    return rules;
}

}  // namespace

TEST_CASE("a request refused for one entry is halved until the entry is alone") {
    conversation c(objects(8));
    c.does();
    c.leaves(1);
    c.refused(1, 400, "bad entry", "ErrX");
    CHECK(c.does() == "get 2: 0-3; get 3: 4-7");
    c.answers(2);
    c.leaves(3);
    c.refused(3, 400, "bad entry", "ErrX");
    CHECK(c.does() == "get 4: 4-5; get 5: 6-7");
    c.answers(5);
    c.leaves(4);
    c.refused(4, 400, "bad entry", "ErrX");
    CHECK(c.does() == "get 6: 4; get 7: 5");
    c.answers(7);
    c.leaves(6);
    c.refused(6, 400, "bad entry", "ErrX");
    CHECK(c.does() == "plain 8: 4");
    c.reaches(8);
    c.refused(8, 400, "not an archive");
    CHECK(c.does() == "failed 4");
    CHECK(c.why(4).server_text == "not an archive");
    CHECK(c.is_over());
}

TEST_CASE("a multipart answer that its target refuses for an entry is requested as a stream, which ends there") {
    conversation c(objects(8), in_parts());
    CHECK(c.does() == "get 1: 0-7");
    c.reaches(1);
    c.refused(1, 400, "not satisfiable", "ErrRangeNotSatisfiable");
    CHECK(c.does() == "stream 2: 0-7");
    c.reaches(2);
    c.brings(2, 5);
    c.ends(2, errc::short_batch, stage::assemble);
    CHECK(c.does() == "plain 3: 5");
}

TEST_CASE("a refused bucket fails alone") {
    batch b{"ais://b"};
    b.add("o0").add("ais://c", "o1").add("o2").add("ais://c", "o3");
    conversation c(std::make_shared<batch const>(b));
    c.does();
    c.leaves(1);
    c.refused(1, 404, "bucket does not exist", "ErrBckNotFound");
    CHECK(c.does() == "get 2: 0,2; get 3: 1,3");
    c.answers(2);
    c.leaves(3);
    c.refused(3, 404, "bucket does not exist", "ErrBckNotFound");
    CHECK(c.does() == "failed 1; failed 3");
    CHECK(c.why(3).server_code == "ErrBckNotFound");
    CHECK(c.is_over());
}

TEST_CASE("a fault that no retry can help fails the whole batch") {
    conversation c(objects(3));
    c.does();
    c.leaves(1);
    c.refused(1, 401, "token required");
    CHECK(c.does() == "failed 0; failed 1; failed 2");
    CHECK(c.machine.fault()->http_status == 401);
    CHECK(c.why(2).http_status == 401);
    CHECK(c.is_over());
}

TEST_CASE("a used redirect is requested again from the proxy, and counts against no entry") {
    conversation c(objects(3));
    c.does();
    c.reaches(1);
    c.refused(1, 404, "wid=\"x\" (prep-rx not done?) does not exist", "ErrNotFound");
    CHECK(c.does_after(50ms) == "get 2: 0-2");
}

TEST_CASE("a used redirect, an aborted job and a starting cluster are outlasted, fifty times over") {
    conversation c(objects(3));
    struct {
        int status;
        char const* words;
    } const passing[] = {{404, "wid=x (prep-rx not done?)"},
                         {400, "remote target aborted xaction"},
                         {400, "cannot handle bucket request: Smap v0"},
                         {503, "not ready yet"},
                         {409, "sender ID p[x] not present in the local Smap"}};
    c.draw = 0.1;
    for (std::uint32_t id = 1; id <= 50; ++id) {
        c.pass(1s);
        REQUIRE(c.requests.contains(id));
        auto const& one = passing[id % 5];
        if (one.status == 404)
            c.reaches(id);
        else
            c.leaves(id);
        c.refused(id, one.status, one.words);
    }
    CHECK(c.refusals.empty());
    CHECK(c.machine.plain_gets() == 0);
}

TEST_CASE("in strict mode, a missing entry fails with all after it, and those before it are still awaited") {
    conversation c(objects(4), strictly());
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.lacks(1, "does not exist");
    CHECK(c.does() == "map");
    c.map_is_seen();
    CHECK(c.does() == "failed 1; failed 2; failed 3; drop 1");
    CHECK(c.why(3).code == errc::missing);
    CHECK(c.machine.fault()->code == errc::missing);
    c.ends(1, errc::cancelled);
    CHECK(c.is_over());
}

TEST_CASE("in strict mode, entries after an unsettled one are not requested before it is settled") {
    conversation c(objects(4), strictly());
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.ends(1, errc::short_batch, stage::assemble);
    CHECK(c.does_after(1s) == "plain 2: 1");
    c.answers(2);
    CHECK(c.does() == "stream 3: 2-3");
}

TEST_CASE("a batch larger than one request is requested in parts, one after another") {
    conversation c(megabytes(5));
    c.around.part_bytes = 2'000'000;
    CHECK(c.does() == "get 1: 0-1");
    CHECK(c.requests.at(1).bytes == 2'000'000);
    c.reaches(1);
    c.brings(1, 1);
    CHECK(c.does().empty());
    c.brings(1);
    CHECK(c.does() == "get 2: 2-3");  // while the end of the answer is read
    c.answers(2);
    CHECK(c.does() == "get 3: 4");
    c.ends(1);
    c.answers(3);
    CHECK(c.is_over());
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("the next part of a large batch is requested when half of the previous one has arrived, and no third one") {
    conversation c(megabytes(12));
    c.around.part_bytes = 4'000'000;
    CHECK(c.does() == "get 1: 0-3");
    c.reaches(1);
    c.brings(1, 2);
    CHECK(c.does().empty());
    c.brings(1, 1);
    CHECK(c.does() == "get 2: 4-7");
    c.reaches(2);
    c.brings(2, 3);
    CHECK(c.does().empty());  // two are in flight
    c.brings(1);
    CHECK(c.does() == "get 3: 8-11");
    c.ends(1);
    c.answers(2);
    c.answers(3);
    CHECK(c.is_over());
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("the next part waits while its memory is not free, and in strict mode for the whole previous part") {
    for (bool const strict : {false, true}) {
        detail::batch_rules rules;
        rules.cont_on_err = !strict;
        conversation c(megabytes(8), rules);
        c.around.part_bytes = 4'000'000;
        if (!strict) c.around.room_bytes = 5'000'000;
        CHECK(c.does() == "get 1: 0-3");
        if (!strict) c.around.room_bytes = 1'000'000;
        c.reaches(1);
        c.brings(1, 3);
        CHECK(c.does_after(100ms).empty());
        c.around.room_bytes = 100'000'000;
        if (!strict)
            CHECK(c.does_after(30ms) == "get 2: 4-7");
        else
            CHECK(c.does_after(30ms).empty());
        c.brings(1);
        CHECK(c.does() == (strict ? "get 2: 4-7" : ""));
    }
}

TEST_CASE("the next part of a later batch uses only the memory reserved for its batch") {
    conversation c(megabytes(12));
    c.around.part_bytes = 4'000'000;
    CHECK(c.does() == "get 1: 0-3");
    c.reaches(1);
    c.around.own_bytes = 4'000'000;
    c.brings(1);
    CHECK(c.does() == "get 2: 4-7");
    c.around.own_bytes = 0;
    c.answers(2);
    CHECK(c.does_after(1s).empty());
    c.around.is_head = true;
    CHECK(c.does_after(30ms) == "get 3: 8-11");
}

TEST_CASE("a single entry larger than a part is requested anyway") {
    batch b{"ais://b"};
    b.add("o0", {.expected_size = 1'000'000'000}).add("o1");
    conversation c(std::make_shared<batch const>(b));
    c.around.part_bytes = 2'000'000;
    CHECK(c.does() == "get 1: 0");
    CHECK(c.requests.at(1).bytes == 2'000'000);
}

TEST_CASE("waiting for a file descriptor that other requests hold does not use up the retries") {
    detail::batch_rules rules;
    rules.retry.elapsed = 5'000ms;
    for (bool const others_have_them : {true, false}) {
        conversation c(objects(1), rules);
        if (others_have_them) c.cluster.limiter.sent();
        c.does();
        std::uint32_t last = 0;
        for (int i = 0; i < 600 && !c.is_over(); ++i) {
            if (auto const newest = c.requests.rbegin()->first; newest != std::exchange(last, newest)) {
                c.leaves(newest);
                c.is_short_of_descriptors(newest);
            }
            c.does_after(100ms);
        }
        CHECK(c.is_over() != others_have_them);
        CHECK(c.requests.size() > 5);
    }
}

TEST_CASE(
    "in strict mode, the first unsettled entry is waited for, even after an earlier open one, and may exceed the "
    "budget") {
    conversation c(objects(8), strictly());
    CHECK(c.does() == "get 1: 0-7");
    c.reaches(1);
    // As if a repeated hedge of an earlier part were later in order.
    c.machine.bad_payload(1, 5, error{errc::wrong_checksum, stage::payload, "wrong bytes"});
    c.ends(1, errc::connection_lost);
    CHECK(c.does_after(1s) == "map; plain 2: 5");
    c.reaches(2);
    c.around.must_go_on = true;
    CHECK_FALSE(c.machine.over_budget(2, c.around, true));
    c.around.must_go_on = false;
    CHECK(c.machine.over_budget(2, c.around, true));
    // However long that takes, requests are repeated only after a pause.
    for (std::uint32_t id = 2; id < 20; ++id) {
        c.is_over_the_budget(id);
        CHECK(c.does() == "");
        c.around.must_go_on = true;
        CHECK(c.does_after(60s) == "plain " + std::to_string(id + 1) + ": 5");
        c.reaches(id + 1);
    }
}

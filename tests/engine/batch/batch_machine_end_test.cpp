// How a batch ends: complete, given up, cancelled; and the memory that it uses meanwhile.
#include "batch_conversation.hpp"

using namespace aisle;
using namespace std::chrono_literals;
using test::conversation;
using test::megabytes;
using test::objects;

namespace {

detail::batch_rules attempts(unsigned count) {
    detail::batch_rules rules;
    rules.retry.attempts = count;
    return rules;
}

error no_memory() {
    error e{errc::cancelled, stage::response, "no memory"};
    e.code = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    return e;
}

}  // namespace

TEST_CASE("invalid entries fail one by one, the others are requested") {
    batch b{"ais://b"};
    b.add("../x").add("one").add("").add("two").add("a//b");
    conversation c(std::make_shared<batch const>(b));
    CHECK(c.does() == "failed 0; failed 2; failed 4; get 1: 1,3");
    CHECK(c.why(0).code == errc::invalid_entry);
}

TEST_CASE("a batch of invalid entries ends immediately") {
    batch b{"ais://b"};
    b.add("../x");
    conversation c(std::make_shared<batch const>(b));
    CHECK(c.does() == "failed 0");
    CHECK(c.is_over());
}

TEST_CASE("a fault after the last sample is reported, and nothing is requested again") {
    conversation c(objects(2));
    c.does();
    c.reaches(1);
    c.brings(1);
    c.ends(1, errc::truncated_body);
    CHECK(c.is_over());
    CHECK(c.does().empty());
    CHECK(c.machine.fault()->code == errc::truncated_body);
    CHECK(c.machine.retries() == 0);
}

TEST_CASE("after retry.attempts requests without a sample the remaining entries fail, with the last fault") {
    conversation c(objects(3), attempts(3));
    for (std::uint32_t id = 1; id <= 3; ++id) {
        c.pass(5s);
        REQUIRE(c.refusals.empty());
        c.leaves(id);
        c.ends(id, errc::connect_failed, stage::connect);
    }
    CHECK(c.does().ends_with("failed 0; failed 1; failed 2"));
    CHECK(c.machine.fault()->code == errc::connect_failed);
    CHECK(c.why(2).code == errc::connect_failed);
    CHECK(c.is_over());
}

TEST_CASE("an entry that arrives resets the attempts") {
    conversation c(objects(10), attempts(3));
    for (std::uint32_t id = 1; id <= 9; ++id) {
        c.pass(5s);
        REQUIRE(c.requests.contains(id));
        c.reaches(id);
        c.brings(id, 1);
        c.ends(id, errc::connection_lost);
        REQUIRE(c.refusals.empty());
    }
}

TEST_CASE("after retry.elapsed without a sample the remaining entries fail") {
    auto rules = attempts(1'000'000);
    rules.retry.elapsed = 20s;
    conversation c(objects(2), rules);
    c.draw = 0.01;
    for (auto begin = c.now; c.refusals.empty() && c.now - begin < 60s; c.pass(100ms)) {
        auto const id = c.requests.empty() ? 0 : c.requests.rbegin()->first;
        if (id == 0 || c.requests.at(id).position) continue;
        c.requests.at(id).position = 1;
        c.leaves(id);
        c.ends(id, errc::connect_failed, stage::connect);
    }
    CHECK(c.refusals.size() == 2);
    CHECK(c.now - conversation::start >= 20s);
    CHECK(c.now - conversation::start < 22s);
}

TEST_CASE("without retries everything is requested once") {
    auto rules = attempts(1);
    rules.hedging = false;
    conversation c(objects(4), rules);
    c.does();
    c.reaches(1);
    c.brings(1, 2);
    CHECK(c.does_after(100s).empty());
    c.ends(1, errc::short_batch, stage::assemble);
    CHECK(c.does() == "failed 2; failed 3");
    CHECK(c.machine.fault()->code == errc::short_batch);
    CHECK(c.is_over());
}

TEST_CASE("entries with wrong bytes in a complete answer fail one by one, and the batch has no fault") {
    conversation c(objects(3), attempts(1));
    c.does();
    c.reaches(1);
    c.spoils(1, errc::wrong_size);
    c.brings(1);
    c.ends(1);
    CHECK(c.does() == "failed 0");
    CHECK(c.why(0).code == errc::wrong_size);
    CHECK_FALSE(c.machine.fault());
}

TEST_CASE("a sample that arrived but could not be verified says so when it fails") {
    conversation c(objects(3), attempts(1));
    c.does();
    c.reaches(1);
    c.machine.progressed(1, 1, c.now);  // a zip member, which the next one would have verified
    error why{errc::bad_archive, stage::archive, "not a header"};
    why.entry = 1;
    c.machine.ended(1, why, {}, {}, c.now);
    CHECK(c.does() == "failed 0; failed 1; failed 2");
    CHECK(c.why(0).text.starts_with("not verified"));
    CHECK(c.why(0).entry == 0);
    CHECK(c.why(2).entry == 1);
}

TEST_CASE("a cancelled batch drops its requests, and its open entries fail when these have ended") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.machine.cancel({errc::cancelled, stage::usage, "by the user"});
    CHECK(c.does() == "drop 1");
    CHECK_FALSE(c.is_over());
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "failed 1; failed 2; failed 3");
    CHECK(c.why(2).code == errc::cancelled);
    CHECK(c.is_over());
}

TEST_CASE("a batch cancelled between two requests sends no more") {
    conversation c(objects(4));
    c.does();
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    c.machine.cancel({errc::cancelled, stage::usage, "by the user"});
    CHECK(c.does_after(100s) == "failed 0; failed 1; failed 2; failed 3");
    CHECK(c.is_over());
}

TEST_CASE("a second cancellation changes nothing") {
    conversation c(objects(1));
    c.does();
    c.machine.cancel({errc::cancelled, stage::usage, "first"});
    c.machine.cancel({errc::deadline_exceeded, stage::usage, "second"});
    CHECK(c.does() == "drop 1");
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "failed 0");
    CHECK(c.why(0).code == errc::cancelled);
}

TEST_CASE("no request exceeds request_timeout, even if its answer arrives steadily") {
    detail::batch_rules rules;
    rules.request_timeout = 10s;
    rules.hedging = false;
    conversation c(objects(200), rules);
    c.does();
    c.reaches(1);
    std::string did;
    for (int i = 0; i < 110 && did.empty(); ++i) {
        c.brings(1, 1);
        did = c.does_after(100ms);
    }
    CHECK(did == "drop 1");
    CHECK(c.now - conversation::start == 10s);
    c.ends(1, errc::cancelled);
    CHECK(c.does() == "map; get 2: 100-199");
}

TEST_CASE("the first request is sent under any budget, the next ones when memory is free") {
    conversation c(objects(4));
    c.around.room_bytes = 0;
    CHECK(c.does() == "get 1: 0-3");
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    CHECK(c.does_after(1s) == "map");
    c.around.room_bytes = 1'000'000;
    CHECK(c.does_after(20ms) == "get 2: 0-3");
}

TEST_CASE("the first batch exceeds the budget once its consumer has taken everything") {
    conversation c(objects(4));
    c.does();
    c.around.room_bytes = 0;
    c.leaves(1);
    c.ends(1, errc::connect_failed, stage::connect);
    REQUIRE(c.does_after(1s) == "map");
    c.around.must_go_on = true;
    CHECK(c.does_after(20ms) == "get 2: 0-3");
}

TEST_CASE("over the budget, the first batch continues with its next entry, not with later ones") {
    conversation c(megabytes(6));
    c.around.part_bytes = 2'000'000;
    REQUIRE(c.does() == "get 1: 0-1");
    c.reaches(1);
    c.around.room_bytes = 0;
    c.machine.ended(1, no_memory(), {}, {}, c.now);
    c.around.must_go_on = true;
    CHECK(c.does() == "get 2: 0-1");
    c.reaches(2);
    CHECK_FALSE(c.machine.over_budget(2, c.around, true));
    c.brings(2, 1);
    CHECK_FALSE(c.machine.over_budget(2, c.around, true));
    c.brings(2);
    CHECK(c.does() == "get 3: 2-3");
    c.answers(3);
    CHECK(c.does() == "get 4: 4-5");
    c.reaches(4);
    c.ends(2);
    c.machine.ended(4, no_memory(), {}, {}, c.now);
    c.around.must_go_on = false;
    CHECK(c.does_after(10s).empty());
}

TEST_CASE(
    "over the budget in strict mode, the first batch continues with the unsettled entry that the others wait for") {
    detail::batch_rules strictly;
    strictly.cont_on_err = false;
    conversation c(objects(4), strictly);
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    c.ends(1, errc::short_batch, stage::assemble);
    REQUIRE(c.does_after(1s) == "plain 2: 1");
    c.answers(2);
    REQUIRE(c.does() == "stream 3: 2-3");
    c.reaches(3);
    c.machine.progressed(3, 1, c.now);
    c.ends(3, errc::short_batch, stage::assemble);
    REQUIRE(c.does_after(1s) == "plain 4: 3");
    c.reaches(4);
    c.around.room_bytes = 0;
    c.machine.ended(4, no_memory(), {}, {}, c.now);
    CHECK(c.does_after(10s).empty());
    c.around.must_go_on = true;
    CHECK(c.does_after(20ms) == "plain 5: 3");
}

TEST_CASE("under any budget one plain GET at a time is sent") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.around.room_bytes = 0;
    c.lacks(1);
    c.lacks(1);
    CHECK(c.does() == "plain 2: 0");
    c.answers(2);
    CHECK(c.does() == "plain 3: 1");
}

TEST_CASE("an answer that exceeds the memory is aborted, unless its batch must continue") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.brings(1, 1);
    CHECK_FALSE(c.machine.over_budget(1, c.around, false));
    CHECK(c.machine.over_budget(1, c.around, true));
    c.around.must_go_on = true;
    CHECK_FALSE(c.machine.over_budget(1, c.around, true));
    c.brings(1);
    c.around.must_go_on = false;
    CHECK_FALSE(c.machine.over_budget(1, c.around, true));  // everything has arrived
}

TEST_CASE("over the budget, only the request for the first open entry continues, or pauses for its consumer") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.around.is_head = true;
    CHECK(c.machine.may_rest(1, c.around));
    c.lacks(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2);
    c.brings(1, 1);
    c.around.must_go_on = true;
    CHECK(c.machine.over_budget(1, c.around, true));
    CHECK_FALSE(c.machine.over_budget(2, c.around, true));
    CHECK_FALSE(c.machine.may_rest(1, c.around));
    CHECK(c.machine.may_rest(2, c.around));
    c.brings(2);
    CHECK_FALSE(c.machine.over_budget(1, c.around, true));
    CHECK(c.machine.may_rest(1, c.around));
    c.around.is_head = false;
    CHECK_FALSE(c.machine.may_rest(1, c.around));
}

TEST_CASE("an aborted plain GET waits for as much memory as its answer announced") {
    conversation c(objects(4));
    c.does();
    c.reaches(1);
    c.lacks(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2);
    c.machine.told_size(2, 5'000'000);
    c.around.room_bytes = 4'999'999;
    c.machine.ended(2, no_memory(), {}, {}, c.now);
    CHECK(c.does_after(100ms).empty());
    c.around.room_bytes = 5'000'000;
    CHECK(c.does_after(100ms) == "plain 3: 0");
}

TEST_CASE("an answer aborted for lack of memory is requested again when twice as much is free") {
    conversation c(objects(4));
    c.does();
    auto const bytes = c.requests.at(1).bytes;
    c.around.room_bytes = 2 * bytes - 1;
    c.reaches(1);
    c.machine.ended(1, no_memory(), {}, {}, c.now);
    CHECK(c.does_after(400s).empty());
    c.around.room_bytes = 2 * bytes;
    CHECK(c.does_after(20ms) == "get 2: 0-3");
    CHECK(c.requests.at(2).bytes == 2 * bytes);
    c.leaves(2);
    c.ends(2, errc::connect_failed, stage::connect);  // the time it waited for memory does not count
    c.pass(1s);
    CHECK(c.requests.contains(3));
}

TEST_CASE("a plain GET aborted for lack of memory waits for twice the memory that it had") {
    conversation c(objects(1));
    c.does();
    c.reaches(1);
    c.lacks(1);
    c.ends(1);
    REQUIRE(c.does() == "plain 2: 0");
    c.reaches(2);
    c.receives(2, 50'000'000, 50'000'000);
    c.around.room_bytes = 99'999'999;
    c.machine.ended(2, no_memory(), {}, {}, c.now);
    CHECK(c.does_after(10s).empty());
    c.around.room_bytes = 100'000'000;
    CHECK(c.does_after(20ms) == "plain 3: 0");
}

TEST_CASE("an answer aborted for lack of memory costs no attempt and is not reported") {
    conversation c(objects(4), attempts(2));
    c.around.room_bytes = std::size_t{1} << 50;
    for (std::uint32_t id = 1; id <= 20; ++id) {
        c.pass(1s);
        REQUIRE(c.requests.contains(id));
        c.reaches(id);
        c.machine.ended(id, no_memory(), {}, {}, c.now);
    }
    CHECK(c.refusals.empty());
    CHECK(c.machine.plain_gets() == 0);
    CHECK(c.machine.retries() == 0);
    CHECK_FALSE(c.machine.overcome());
}

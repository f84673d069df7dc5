// Faults as text.
#include "fault.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::faults;
using namespace std::chrono_literals;

TEST_CASE("a fault is parsed with its position, its numbers and its frequency") {
    auto const rules = parse_rules("cut!@b1000/3,refuse:429:1x5,delay:200,stall,flip@7:5,duplicate@b9:40,trickle@5:10");
    REQUIRE(rules.has_value());
    REQUIRE(rules->size() == 7);
    auto const& cut = rules->at(0);
    CHECK(cut.what.kind == fault_kind::cut);
    CHECK(cut.what.by_reset);
    CHECK(cut.what.from == counted::from_body);
    CHECK(cut.what.at == 1000);
    CHECK(cut.every == 3);
    auto const& refuse = rules->at(1);
    CHECK(refuse.what.kind == fault_kind::refuse);
    CHECK(refuse.what.status == 429);
    CHECK(refuse.what.retry_after == 1);
    CHECK(refuse.times == 5);
    CHECK(rules->at(2).what.wait == 200ms);
    CHECK(rules->at(3).what.wait == for_ever);
    CHECK(rules->at(4).what.bit == 5);
    CHECK(rules->at(5).what.length == 40);
    CHECK(rules->at(6).what.wait == 10ms);
}

TEST_CASE("an invalid fault is named") {
    for (auto const* text : {"cat", "cut@", "cut@b", "delay", "refuse:200", "flip@1:2:3", "cut/0", "cut@1 ", ","}) {
        INFO(text);
        auto const rules = parse_rules(text);
        REQUIRE(!rules.has_value());
        CHECK(rules.error().code == errc::invalid_argument);
    }
}

TEST_CASE("rules apply to the requests that they count, the first one first") {
    auto const by = by_rules(parse_rules("cut/2x1,refuse:503/3").value());
    auto const next = [&](bool redirected) { return by.on_request({.redirected = redirected}).kind; };
    CHECK(next(true) == fault_kind::none);
    CHECK(next(false) == fault_kind::none);
    CHECK(next(true) == fault_kind::cut);  // its second; the third of all would have been refused
    CHECK(next(true) == fault_kind::none);
    CHECK(next(true) == fault_kind::none);
    CHECK(next(false) == fault_kind::refuse);
}

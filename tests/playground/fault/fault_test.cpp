#include "fault/fault_schedule.hpp"

#include <aisle/playground/fault.hpp>

#include <catch2/catch.hpp>

using namespace aisle::playground;

TEST_CASE("Fault plans are parsed as documented") {
    auto const plan = fault_plan::parse("short@3,abrupt@70000/2,refuse-429x5,swapped@0/4x1").value();
    REQUIRE(plan.faults.size() == 4);
    CHECK(plan.faults[0].kind == fault_kind::short_archive);
    CHECK(plan.faults[0].at == 3);
    CHECK(plan.faults[0].every == 1);
    CHECK(plan.faults[1].kind == fault_kind::abrupt_close);
    CHECK(plan.faults[1].at == 70'000);
    CHECK(plan.faults[1].every == 2);
    CHECK(plan.faults[2].kind == fault_kind::refuse_429);
    CHECK(plan.faults[2].times == 5);
    CHECK(plan.faults[3].every == 4);
    CHECK(plan.faults[3].times == 1);
    CHECK(fault_plan::parse("").value().empty());
}

TEST_CASE("Every kind of fault is found by its name") {
    std::string all = fault_names();
    for (int k = 0; k <= static_cast<int>(fault_kind::stranger_proxy); ++k) {
        auto const kind = static_cast<fault_kind>(k);
        CHECK(all.find(to_string(kind)) != std::string::npos);
        auto const plan = fault_plan::parse(std::string(to_string(kind)) + "@1").value();
        REQUIRE(plan.faults.size() == 1);
        CHECK(plan.faults[0].kind == kind);
    }
}

TEST_CASE("An invalid plan is refused, with the invalid part and the known names") {
    for (auto const* text : {"frob", "short@", "short@x", "short@3y", "short3", "short@3/", "short@3x", ",", "short,",
                             "short@99999999999999999999", "placeholder-", "SHORT", "shorte", "metadata"}) {
        INFO(text);
        if (std::string_view(text) == "short,") {
            CHECK(fault_plan::parse(text).has_value());  // a comma at the end is no fault
            continue;
        }
        auto const plan = fault_plan::parse(text);
        REQUIRE(plan.has_error());
        CHECK(plan.error().code == aisle::errc::invalid_argument);
        CHECK(plan.error().text.find("placeholder-full") != std::string::npos);
    }
}

TEST_CASE("Faults are injected at the given interval, and the given number of times") {
    fault_schedule schedule;
    schedule.reset(fault_plan::parse("short@1/3x2,empty-body,refuse-503/2").value());
    std::string seen;
    for (int i = 0; i < 12; ++i) {
        auto const due = schedule.for_answer(0);
        CHECK(due.has(fault_kind::empty_body));
        CHECK(!due.has(fault_kind::refuse_503));
        seen += due.hits(fault_kind::short_archive, 1) ? 'x' : '.';
        CHECK(!due.hits(fault_kind::short_archive, 2));
    }
    CHECK(seen == "..x..x......");
    CHECK(!schedule.refusal());
    auto const refused = schedule.refusal();
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(!schedule.refusal());
    schedule.reset({});
    CHECK(schedule.for_answer(0).empty());
    CHECK(!schedule.refusal());
}

TEST_CASE("A fault of a node affects only that node") {
    fault_schedule schedule;
    schedule.reset(fault_plan::parse("sick-target@1x2,hang-proxy@0/2,stranger-proxy@3x1").value());
    CHECK(schedule.for_answer(0).empty());
    CHECK(schedule.for_answer(1).has(fault_kind::sick_target));
    CHECK(schedule.for_answer(1).has(fault_kind::sick_target));
    CHECK(schedule.for_answer(1).empty());
    CHECK(!schedule.due(fault_kind::hang_proxy, 1));
    CHECK(!schedule.due(fault_kind::hang_proxy, 0));
    CHECK(schedule.due(fault_kind::hang_proxy, 0));
    CHECK(schedule.nodes_with(fault_kind::hang_proxy) == std::vector<unsigned>{0});
    CHECK(schedule.nodes_with(fault_kind::stranger_proxy) == std::vector<unsigned>{3});
    CHECK(schedule.due(fault_kind::stranger_proxy, 3));
    CHECK(schedule.nodes_with(fault_kind::stranger_proxy).empty());
    CHECK(!schedule.refusal());
}

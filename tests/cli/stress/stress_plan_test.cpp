#include "stress/stress_plan.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace aisle;
using namespace aisle::cli;

namespace {

stress_catalog const& catalog() {
    static auto const made = make_stress_catalog();
    return made;
}

stress_plan plan_of(std::uint64_t seed, std::size_t batch_size = 32) {
    return stress_plan(catalog(), {.bucket = "ais://b", .seed = seed, .batch_size = batch_size});
}

}  // namespace

TEST_CASE("a load is a function of its seed, its rounds and their batches") {
    auto const plan = plan_of(7);
    auto const same = plan_of(7);
    auto const other = plan_of(8);
    bool differs = false;
    for (std::uint64_t n = 0; n < 20; ++n) {
        auto const round = plan.round(n, 300);
        auto const again = same.round(n, 300);
        REQUIRE(round.batch_sizes == again.batch_sizes);
        CHECK(round.way.consumer == again.way.consumer);
        CHECK(round.way.order == again.way.order);
        for (std::uint64_t b = 0; b < round.batch_sizes.size(); ++b) {
            auto const made = plan.make_batch(round, b);
            CHECK(made.entries() == same.make_batch(again, b).entries());
            auto const planned = plan.entries(round, b);
            REQUIRE(planned.size() == made.size());
            for (std::size_t i = 0; i < planned.size(); ++i) CHECK(planned[i].request == made.entries()[i]);
        }
        differs = differs || other.round(n, 300).batch_sizes != round.batch_sizes;
    }
    CHECK(differs);
}

TEST_CASE("rounds have the requested number of samples, in batches of allowed sizes, some of them large") {
    auto const plan = plan_of(1, 10);
    std::uint32_t largest = 0;
    for (std::uint64_t n = 0; n < 50; ++n)
        for (std::uint64_t samples : {1, 2, 500}) {
            auto const round = plan.round(n, samples);
            CHECK(round.samples() == samples);
            for (auto const size : round.batch_sizes) {
                CHECK(size >= 1);
                CHECK(size <= 10 * stress_plan::large_factor);
                largest = std::max(largest, size);
            }
        }
    CHECK(largest > 10);
}

TEST_CASE("rounds cover every format, mode and kind of names, every consumer and both orders") {
    auto const plan = plan_of(1);
    CHECK(plan.cycle() == 16);
    std::set<std::tuple<std::string, bool, bool>> ways;
    std::set<stress_consumer> consumers;
    std::set<batch_order> orders;
    for (std::uint64_t n = 0; n < plan.cycle(); ++n) {
        auto const way = plan.round(n, 1).way;
        ways.insert({way.format, way.streaming, way.only_obj_name});
        consumers.insert(way.consumer);
        orders.insert(way.order);
    }
    CHECK(ways.size() == 16);
    CHECK(consumers.size() == 3);
    CHECK(orders.size() == 2);
}

TEST_CASE("entries are valid for the engine and AIStore, and of all kinds") {
    auto const plan = plan_of(3);
    std::map<std::string, std::pair<std::uint64_t, std::map<std::string, std::uint64_t>>> sizes;
    for (auto const* object : catalog().all()) {
        auto& [size, members] = sizes[object->name];
        size = object->size_bytes;
        for (auto const& member : object->members) members[member.path] = member.size_bytes;
    }
    std::size_t members = 0;
    std::size_t ranges = 0;
    std::size_t member_ranges = 0;
    std::size_t to_the_end = 0;
    std::size_t absent = 0;
    std::size_t absent_members = 0;
    std::size_t repeated = 0;
    std::size_t opaque = 0;
    std::size_t empty = 0;
    std::size_t sized = 0;
    std::size_t archives = 0;
    for (std::uint64_t n = 0; n < 30; ++n) {
        auto const round = plan.round(n, 400);
        for (std::uint64_t b = 0; b < round.batch_sizes.size(); ++b) {
            auto const planned = plan.entries(round, b);
            std::set<std::pair<std::string, std::string>> in_batch;
            std::size_t absent_here = 0;
            for (auto const& p : planned) {
                auto const& e = p.request;
                CHECK(check(e));
                auto const object = sizes.find(e.object);
                auto const known =
                    object != sizes.end() && (e.archpath.empty() || object->second.second.count(e.archpath) == 1);
                REQUIRE(p.exists == known);
                if (!known) {
                    ++absent_here;
                    absent_members += object != sizes.end();
                    continue;
                }
                auto const all = e.archpath.empty() ? object->second.first : object->second.second.at(e.archpath);
                CHECK(p.offset + p.size <= all);
                if (e.range.whole()) {
                    CHECK(p.size == all);
                } else {
                    CHECK(p.offset == static_cast<std::uint64_t>(e.range.start));
                    CHECK(p.size > 0);
                    if (e.range.length < 0) {
                        CHECK(p.offset > 0);
                        CHECK(p.offset + p.size == all);
                        CHECK(e.expected_size == p.size);
                        ++to_the_end;
                    } else {
                        CHECK(p.size == static_cast<std::uint64_t>(e.range.length));
                    }
                    ++ranges;
                    member_ranges += !e.archpath.empty();
                }
                CHECK((!e.expected_size || *e.expected_size == p.size));
                CHECK((p.archive != nullptr) == (e.archpath.empty() && !object->second.second.empty()));
                archives += p.archive != nullptr;
                sized += e.expected_size.has_value();
                members += !e.archpath.empty();
                opaque += !e.opaque.empty();
                empty += p.size == 0;
                repeated += !in_batch.insert({e.object, e.archpath}).second;
            }
            CHECK(absent_here <= stress_plan::most_missing);
            absent += absent_here;
        }
    }
    for (auto const count :
         {members, ranges, member_ranges, to_the_end, absent, absent_members, repeated, opaque, empty, sized, archives})
        CHECK(count > 5);
}

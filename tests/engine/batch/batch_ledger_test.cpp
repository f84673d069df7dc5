#include <catch2/catch.hpp>

#include <algorithm>
#include <batch/batch_ledger.hpp>
#include <numeric>
#include <random>
#include <support/blocks.hpp>
#include <utility>

using namespace aisle;
using detail::batch_ledger;

namespace {

std::shared_ptr<batch const> objects(std::uint32_t count) {
    batch b{"ais://b"};
    for (std::uint32_t i = 0; i < count; ++i) b.add("o" + std::to_string(i));
    return std::make_shared<batch const>(std::move(b));
}

std::shared_ptr<detail::answer const> by(batch_ledger const& of, std::string target = "t:1") {
    return std::make_shared<detail::answer const>(detail::answer{of.what(), std::move(target), "x/y"});
}

std::shared_ptr<error const> fault(errc code = errc::connect_failed) {
    return std::make_shared<error const>(error{code, stage::connect, "connection refused"});
}

void deliver(batch_ledger& l, std::uint32_t index, std::shared_ptr<detail::answer const> const& from) {
    segments nothing;
    l.deliver(index, from, nothing, {});
}

std::vector<std::uint32_t> order(batch_ledger& l) {
    std::vector<std::uint32_t> out;
    for (auto const& [number, index] : test::places_of(l.take_fresh())) out.push_back(index);
    return out;
}

}  // namespace

TEST_CASE("samples are returned in order, whatever the order of their answers") {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        batch_ledger l(objects(12), 3);
        std::vector<std::uint32_t> turns(12);
        std::iota(turns.begin(), turns.end(), 0);
        std::shuffle(turns.begin(), turns.end(), random);
        std::vector<std::uint32_t> out;
        for (auto const i : turns) {
            switch (random() % 3) {
                case 0: deliver(l, i, by(l)); break;
                case 1: l.refuse(i, sample_status::missing, fault(errc::missing)); break;
                case 2: l.refuse(i, sample_status::failed, fault()); break;
            }
            for (auto const next : order(l)) out.push_back(next);
        }
        REQUIRE(out.size() == 12);
        for (std::uint32_t i = 0; i < 12; ++i) REQUIRE(out[i] == i);
        auto const& r = l.report();
        CHECK(r.delivered + r.missing + r.failed == 12);
    }
}

TEST_CASE("a sample waits for earlier ones and is then returned with them") {
    batch_ledger l(objects(3), 0);
    deliver(l, 2, by(l));
    deliver(l, 1, by(l));
    CHECK(order(l).empty());
    deliver(l, 0, by(l));
    CHECK(order(l) == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("each sample of a shared fault has the batch's number") {
    batch_ledger l(objects(3), 7);
    auto const one = fault();
    for (std::uint32_t i = 0; i < 3; ++i) l.refuse(i, sample_status::failed, one);
    auto const samples = test::samples_of(l.take_fresh());
    REQUIRE(samples.size() == 3);
    for (auto const& s : samples) {
        CHECK(s.status() == sample_status::failed);
        CHECK(s.why().code == errc::connect_failed);
        CHECK(s.why().batch == 7);
    }
    CHECK_FALSE(one->batch);
}

TEST_CASE("a refused entry names the target that answered last, a delivered one its sender") {
    batch_ledger l(objects(3), 0);
    l.refuse(0, sample_status::failed, fault());
    auto const first = by(l, "t:1");
    l.answering(first);
    l.answering(by(l, "t:2"));
    deliver(l, 1, first);
    l.refuse(2, sample_status::missing, fault(errc::missing));
    auto const samples = test::samples_of(l.take_fresh());
    REQUIRE(samples.size() == 3);
    CHECK(samples[0].designated_target().empty());
    CHECK(samples[1].designated_target() == "t:1");
    CHECK(samples[2].designated_target() == "t:2");
    CHECK(l.report().designated_target == "t:2");
    CHECK(l.report().request_id == "x/y");
}

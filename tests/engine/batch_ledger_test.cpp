#include <catch2/catch.hpp>

#include <batch/batch_ledger.hpp>
#include <random>
#include <batch/request_scope.hpp>

using namespace aisle;
using detail::batch_ledger;

namespace {

std::shared_ptr<batch const> objects(std::uint32_t count) {
    batch b{"ais://b"};
    for (std::uint32_t i = 0; i < count; ++i) b.add("o" + std::to_string(i));
    return std::make_shared<batch const>(std::move(b));
}

std::shared_ptr<detail::answer const> by(batch_ledger const& of) {
    return std::make_shared<detail::answer const>(detail::answer{of.shared(), "t:1", "x/y"});
}

error spoilt() {
    return {errc::wrong_checksum, stage::payload, "other bytes"};
}

std::vector<std::uint32_t> order(batch_ledger& l) {
    std::vector<std::uint32_t> out;
    for (auto const& s : l.fresh()) out.push_back(s.index());
    l.fresh().clear();
    return out;
}

}  // namespace

TEST_CASE("answers come out in order, whatever the order they came in, and each once") {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        batch_ledger l(objects(12), 3);
        auto const server = by(l);
        std::vector<std::uint32_t> out;
        while (!l.answered()) {
            auto const i = static_cast<std::uint32_t>(random() % 12);
            bool const was_open = l.is_open(i);
            auto const before = l.open_count();
            switch (random() % 4) {
                case 0: l.deliver(i, server, {}); break;
                case 1: l.refuse(i, server, sample_status::missing, {errc::missing, stage::assemble}); break;
                case 2:
                    l.doubt(i, server, sample_status::failed, spoilt());
                    CHECK(l.is_open(i) == was_open);
                    continue;
                case 3: l.fail(i, spoilt()); break;
            }
            CHECK(!l.is_open(i));
            CHECK(l.open_count() == before - (was_open ? 1 : 0));
            for (auto const next : order(l)) out.push_back(next);
        }
        REQUIRE(out.size() == 12);
        for (std::uint32_t i = 0; i < 12; ++i) REQUIRE(out[i] == i);
        auto const& r = l.report();
        CHECK(r.delivered + r.missing + r.failed == 12);
    }
}

TEST_CASE("what is given up fails with its own doubt, or with the one fault") {
    batch_ledger l(objects(4), 7);
    l.deliver(1, by(l), {});
    l.doubt(2, by(l), sample_status::missing, {errc::missing, stage::assemble});
    CHECK(order(l).empty());
    l.give_up({errc::connect_failed, stage::connect, "nobody there"});
    REQUIRE(l.fresh().size() == 4);
    CHECK(l.fresh()[0].why().code == errc::connect_failed);
    CHECK(l.fresh()[0].why().batch == 7);
    CHECK(l.fresh()[1].delivered());
    CHECK(l.fresh()[2].status() == sample_status::missing);
    CHECK(l.fresh()[2].designated_target() == "t:1");
    CHECK(l.fresh()[3].why().code == errc::connect_failed);
    CHECK(l.report().fault->code == errc::connect_failed);
}

TEST_CASE("without continue on error a missing entry fails with all behind it, those before it stay open") {
    batch_ledger l(objects(5), 0);
    l.refuse_from(2, by(l), {errc::missing, stage::assemble});
    CHECK(l.open_count() == 2);
    CHECK(l.report().failed == 3);
    l.deliver(0, by(l), {});
    l.deliver(1, by(l), {});
    CHECK(order(l) == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
}

TEST_CASE("the next request is for what is open, as much of it as the troubles allow") {
    batch b{"ais://b"};
    for (int i = 0; i < 6; ++i) b.add(i % 2 ? "ais://b" : "ais://c", "o" + std::to_string(i));
    batch_ledger l(std::make_shared<batch const>(b), 0);
    detail::request_scope scope;
    auto const one = [](entry const&) { return std::size_t{1}; };
    using indices = std::vector<std::uint32_t>;
    CHECK(scope.next(l, 100, one).entries == indices{0, 1, 2, 3, 4, 5});
    CHECK(scope.next(l, 2, one).entries == indices{0, 1});
    CHECK(scope.next(l, 0, one).entries == indices{0});
    l.deliver(0, by(l), {});
    l.deliver(3, by(l), {});
    CHECK(scope.next(l, 100, one).entries == indices{1, 2, 4, 5});
    scope.halve(4);
    CHECK(scope.next(l, 100, one).entries == indices{1, 2});
    scope.halve(2);
    CHECK(scope.next(l, 100, one).entries == indices{1});
    CHECK(!scope.next(l, 100, one).plain);
    scope.one_as_object();
    CHECK(scope.next(l, 100, one).plain);
    scope.object_done();
    scope.widen();
    scope.widen();
    CHECK(scope.next(l, 100, one).entries == indices{1, 2, 4, 5});
    scope.one_bucket_at_a_time();
    CHECK(scope.next(l, 100, one).entries == indices{1, 5});
    // Wrong bytes twice by Get-Batch: the entry is asked for as an object when it is its turn, and not in between.
    for (int i = 0; i < 2; ++i) l.doubt(2, by(l), sample_status::failed, spoilt());
    detail::request_scope fresh;
    CHECK(fresh.next(l, 100, one).entries == indices{1, 4, 5});
    l.deliver(1, by(l), {});
    CHECK(fresh.next(l, 100, one).entries == indices{2});
    CHECK(fresh.next(l, 100, one).plain);
}

#include "stress/stress_verifier.hpp"

#include "stress/stress_content.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace aisle;
using namespace aisle::cli;

namespace {

stress_catalog const& catalog() {
    static auto const made = make_stress_catalog();
    return made;
}

error const not_there(errc::missing, stage::assemble, "it does not exist");
error const broken(errc::short_batch, stage::assemble, "the answer ended early");

/// A round whose samples can be told in any order, rightly or wrongly.
class told_round {
public:
    explicit told_round(batch_order order = batch_order::submitted) {
        round.way.order = order;
        for (std::uint64_t b = 0; b < round.batch_sizes.size(); ++b) entries.push_back(plan.entries(round, b));
    }

    std::vector<std::byte> payload(std::uint64_t b, std::uint32_t i) const {
        auto const& p = entries[b][i];
        std::vector<std::byte> data(static_cast<std::size_t>(p.size));
        if (p.archive)
            std::ranges::copy(
                std::as_bytes(std::span(*p.archive)).subspan(static_cast<std::size_t>(p.offset), data.size()),
                data.begin());
        else
            stress_content(p.request.object, p.request.archpath).fill(p.offset, data);
        return data;
    }

    void tell(std::uint64_t b, std::uint32_t i) {
        if (entries[b][i].exists)
            tell(b, i, payload(b, i));
        else
            tell(b, i, sample_status::missing, not_there);
    }
    void tell(std::uint64_t b, std::uint32_t i, std::vector<std::byte> const& data) {
        std::span<std::byte const> const runs[] = {std::span(data).first(data.size() / 3),
                                                   std::span(data).subspan(data.size() / 3)};
        verifier.check({.batch = b,
                        .index = i,
                        .of = &entries[b][i].request,
                        .status = sample_status::delivered,
                        .size = data.size(),
                        .payload = runs,
                        .why = nullptr});
    }
    void tell(std::uint64_t b, std::uint32_t i, sample_status status, error const& why) {
        verifier.check({.batch = b, .index = i, .of = &entries[b][i].request, .status = status, .why = &why});
    }
    void tell_batch(std::uint64_t b) {
        for (std::uint32_t i = 0; i < round.batch_sizes[b]; ++i) tell(b, i);
    }
    /// The first entry of a kind, from `from` on in batch 0.
    std::uint32_t find(bool exists, std::uint64_t least_size, std::uint32_t from = 0) const {
        for (auto i = from; i < entries[0].size(); ++i)
            if (entries[0][i].exists == exists && entries[0][i].size >= least_size) return i;
        FAIL("no such entry in the batch");
        return 0;
    }

    std::uint64_t wrong() const { return tally.count(stress_trouble::wrong); }
    std::uint64_t lost() const { return tally.count(stress_trouble::lost); }
    std::uint64_t failed() const { return tally.count(stress_trouble::failed); }

    stress_plan plan{catalog(), {.bucket = "ais://b", .seed = 5}};
    stress_round round = {.number = 3, .way = {}, .batch_sizes = {200, 3, 7}};
    stress_tally tally;
    stress_verifier verifier{plan, round, tally};
    std::vector<std::vector<planned_entry>> entries;
};

}  // namespace

TEST_CASE("a round that arrives as planned has no trouble") {
    told_round r;
    for (std::uint64_t b = 0; b < 3; ++b) r.tell_batch(b);
    r.verifier.finish(3);
    CHECK(r.wrong() + r.lost() + r.failed() == 0);
    auto const missing = r.tally.counters().missing.load();
    CHECK(missing > 0);
    CHECK(r.tally.counters().delivered + missing == 210);
}

TEST_CASE("one wrong bit in any run makes a sample wrong, and the text has its offset") {
    told_round r;
    auto const target = r.find(true, 100);
    auto const second = r.find(true, 100, target + 1);
    for (std::uint32_t i = 0; i < 200; ++i) {
        auto data = r.payload(0, i);
        if (i == target) data[10] ^= std::byte{1};
        if (i == second) data.back() ^= std::byte{128};
        if (i == target || i == second)
            r.tell(0, i, data);
        else
            r.tell(0, i);
    }
    r.verifier.finish(1);
    CHECK(r.wrong() == 2);
    CHECK(r.lost() + r.failed() == 0);
    REQUIRE(r.tally.troubles().size() == 2);
    CHECK(r.tally.troubles()[0].text.find("wrong byte at 10 of") != std::string::npos);
}

TEST_CASE("a payload that is too short, too long or from a wrong offset is wrong") {
    told_round r;
    std::uint32_t at = 0;
    auto const tell_until = [&](std::uint32_t end) {
        for (; at < end; ++at) r.tell(0, at);
    };
    auto const shorter = r.find(true, 100);
    tell_until(shorter);
    auto data = r.payload(0, at);
    data.pop_back();
    r.tell(0, at++, data);
    auto const longer = r.find(true, 100, at);
    tell_until(longer);
    data = r.payload(0, at);
    data.push_back({});
    r.tell(0, at++, data);
    auto const shifted = r.find(true, 100, at);
    tell_until(shifted);
    data = r.payload(0, at);
    std::ranges::rotate(data, data.begin() + 8);
    r.tell(0, at++, data);
    tell_until(200);
    CHECK(r.wrong() == 3);
}

TEST_CASE("a sample that arrives twice is wrong once, and the next ones are in order") {
    told_round r;
    r.tell(0, 0);
    r.tell(0, 1);
    r.tell(0, 1);
    r.tell(0, 0);
    for (std::uint32_t i = 2; i < 200; ++i) r.tell(0, i);
    r.tell_batch(1);
    r.tell(0, 199);
    r.tell_batch(2);
    r.verifier.finish(3);
    CHECK(r.wrong() == 3);
    CHECK(r.lost() == 0);
}

TEST_CASE("two swapped samples are both wrong, and none is lost") {
    told_round r;
    r.tell(0, 1);
    r.tell(0, 0);
    for (std::uint32_t i = 2; i < 200; ++i) r.tell(0, i);
    r.verifier.finish(1);
    CHECK(r.wrong() == 2);
    CHECK(r.lost() == 0);
}

TEST_CASE("a skipped sample is lost, and the one that came too early is wrong") {
    told_round r;
    for (std::uint32_t i = 0; i < 200; ++i)
        if (i != 50) r.tell(0, i);
    r.verifier.finish(1);
    CHECK(r.wrong() == 1);
    CHECK(r.lost() == 1);
}

TEST_CASE("batches out of order are wrong, unless any order is allowed") {
    for (auto const order : {batch_order::submitted, batch_order::completed}) {
        told_round r(order);
        r.tell_batch(2);
        r.tell_batch(0);
        r.tell_batch(1);
        r.verifier.finish(3);
        CHECK((r.wrong() == 0) == (order == batch_order::completed));
        CHECK(r.lost() == 0);
    }
    told_round mixed(batch_order::completed);
    mixed.tell(1, 0);
    mixed.tell(2, 0);
    CHECK(mixed.wrong() == 1);
}

TEST_CASE("an entry that does not exist must be missing, one that exists must not") {
    told_round r;
    auto const absent = r.find(false, 0);
    auto const present = r.find(true, 1);
    for (std::uint32_t i = 0; i < 200; ++i)
        if (i == absent)
            r.tell(0, i, std::vector<std::byte>{});
        else if (i == present)
            r.tell(0, i, sample_status::missing, not_there);
        else
            r.tell(0, i);
    r.verifier.finish(1);
    CHECK(r.wrong() == 1);
    CHECK(r.lost() == 1);
    CHECK(r.failed() == 0);
}

TEST_CASE("failures are counted, and the first ten have a text") {
    told_round r;
    std::size_t texts = 0;
    r.tally.on_trouble = [&texts](stress_tally::trouble_text const&) { ++texts; };
    for (std::uint32_t i = 0; i < 200; ++i) r.tell(0, i, sample_status::failed, broken);
    r.verifier.finish(1);
    CHECK(r.failed() == 200);
    CHECK(r.wrong() + r.lost() == 0);
    CHECK(texts == stress_tally::most_texts);
    CHECK(r.tally.troubles().size() == stress_tally::most_texts);
    CHECK(r.tally.troubles()[0].text.find("the answer ended early") != std::string::npos);
}

TEST_CASE("the samples of a batch that was never reported are lost") {
    told_round r;
    r.tell_batch(0);
    r.tell_batch(1);
    r.verifier.finish(3);
    CHECK(r.lost() == 7);
    CHECK(r.wrong() == 0);
}

TEST_CASE("a sample of another entry, or of a batch that was not requested, is wrong") {
    told_round r;
    r.verifier.check(
        {.batch = 9, .index = 0, .of = &r.entries[0][0].request, .status = sample_status::failed, .why = &broken});
    r.verifier.check(
        {.batch = 0, .index = 200, .of = &r.entries[0][0].request, .status = sample_status::failed, .why = &broken});
    r.verifier.check(
        {.batch = 0, .index = 0, .of = &r.entries[1][0].request, .status = sample_status::failed, .why = &broken});
    CHECK(r.wrong() == 3);
    CHECK(r.failed() == 0);
}

// One fault at every byte of an answer: every batch still delivers each of its samples once, in order, with the right
// bytes.
#include "sweep.hpp"

#include <catch2/catch.hpp>

#include <cstdio>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::faults;

namespace {

fault at(fault_kind kind, std::uint64_t place) {
    fault f;
    f.kind = kind;
    f.at = place;
    return f;
}

void expect_all(sweep const& what) {
    auto const o = run(what);
    INFO(what.format << (what.streamed ? ", streamed" : ", multipart") << ", answer of " << o.answer_bytes << " bytes");
    INFO(o.first_other);
    CHECK(o.spoilt > 0);
    CHECK(o.unspoilt == 0);
    CHECK(o.right == o.batches * sweep_entries);
    CHECK(o.other == 0);
    CHECK(o.delivered == o.batches * sweep_entries);
    CHECK(o.failed == 0);
    std::printf("%8s %s: %llu places, %llu retries, %llu hedges, %llu tail faults, %llu plain GETs\n",
                what.format.c_str(), what.streamed ? "streamed " : "multipart",
                static_cast<unsigned long long>(o.spoilt), static_cast<unsigned long long>(o.stats.retries),
                static_cast<unsigned long long>(o.stats.hedges), static_cast<unsigned long long>(o.stats.tail_faults),
                static_cast<unsigned long long>(o.stats.plain_gets));
}

}  // namespace

TEST_CASE("a batch of 40 survives a cut at every byte of its answer, in every format and mode") {
    for (auto format : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false})
            expect_all(
                {.format = format, .streamed = streamed, .step = sweep_step(), .fault_at = [](std::uint64_t place) {
                     return at(fault_kind::cut, place);
                 }});
}

TEST_CASE("a batch of 40 survives a reset in its answer") {
    for (auto format : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false})
            expect_all(
                {.format = format, .streamed = streamed, .step = sweep_step(23), .fault_at = [](std::uint64_t place) {
                     auto f = at(fault_kind::cut, place);
                     f.by_reset = true;
                     return f;
                 }});
}

TEST_CASE("a flipped bit anywhere in an answer does no harm if checksums are known") {
    for (auto format : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false})
            expect_all({.format = format,
                        .streamed = streamed,
                        .with_checksums = true,
                        .step = sweep_step(7),
                        .fault_at = [](std::uint64_t place) {
                            auto f = at(fault_kind::flip, place);
                            f.bit = static_cast<unsigned>(place / 7 % 8);
                            return f;
                        }});
}

TEST_CASE("duplicated bytes do no harm if checksums are known") {
    for (auto format : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false})
            for (std::uint64_t const run_bytes : {1, 512})
                expect_all({.format = format,
                            .streamed = streamed,
                            .with_checksums = true,
                            .step = sweep_step(41),
                            .fault_at = [=](std::uint64_t place) {
                                auto f = at(fault_kind::duplicate, place);
                                f.length = run_bytes;
                                return f;
                            }});
}

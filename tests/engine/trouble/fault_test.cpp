// Wrong answers, without retries: every entry is still answered once, and every fault has its code.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <support/soon.hpp>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

struct seen {
    std::string letters;  // one per sample: its status
    std::optional<error> fault;
};

seen fetch(cluster& c, bool streaming = true, byte_range range = {}) {
    engine e(c.for_engine());
    stream_options how;
    how.streaming_get = streaming;
    how.retry = no_retry;
    how.hedging = false;
    seen out;
    std::uint32_t next = 0;
    auto const total = e.stream(made_up(0, 6, range), how, [&](sample s) {
        REQUIRE(s.index() == next++);
        if (s.delivered()) REQUIRE(is_right(s));
        out.letters += to_string(s.status())[0];
    });
    REQUIRE(total.has_value());
    out.fault = total->fault;
    return out;
}

}  // namespace

TEST_CASE("an answer to another request is a typed error that names the entry") {
    struct expectation {
        std::string fault;
        errc code;
        std::optional<std::uint64_t> entry;
        std::string letters;
    };
    expectation const all[] = {
        {"short@3", errc::short_batch, 3, "dddfff"},
        {"short@0", errc::short_batch, 0, "ffffff"},
        {"empty-archive", errc::short_batch, 0, "ffffff"},
        {"empty-body", errc::truncated_archive, 0, "ffffff"},
        {"wrong-name@2", errc::wrong_member, 2, "ddffff"},
        {"swapped@1", errc::wrong_member, 1, "dfffff"},
        {"excess", errc::excess_members, {}, "dddddd"},
        {"abrupt@20000", errc::truncated_body, 1, "dfffff"},
        {"no-final-chunk", errc::truncated_body, {}, "dddddd"},
        {"cut@4", errc::truncated_archive, 4, "ddddff"},
        {"damaged-header@2", errc::bad_archive, 2, "ddffff"},
        {"wrong-type", errc::wrong_content_type, 0, "ffffff"},
        {"placeholder-other@2", errc::wrong_member, 2, "ddffff"},
        {"placeholder-full@2", errc::wrong_member, 2, "ddffff"},
        {"refuse-429", errc::server_error, 0, "ffffff"},
        {"refuse-503", errc::server_error, 0, "ffffff"},
    };
    cluster c(6, 10'240);
    for (auto const& expected : all) {
        INFO(expected.fault);
        c.spoil(expected.fault);
        auto const got = fetch(c);
        CHECK(got.letters == expected.letters);
        REQUIRE(got.fault);
        INFO(got.fault->message());
        CHECK(got.fault->code == expected.code);
        CHECK(got.fault->entry == expected.entry);
        CHECK(got.fault->batch == 0);
    }
    c.spoil("");
    CHECK(fetch(c).letters == "dddddd");
}

TEST_CASE("placeholders are missing entries in every form") {
    cluster c(6, 10'240);
    for (auto fault : {"placeholder@2", "placeholder-forwarded@2"})
        for (bool const streaming : {true, false}) {
            INFO(fault);
            c.spoil(fault);
            auto const got = fetch(c, streaming);
            CHECK(got.letters == "ddmddd");
            CHECK(!got.fault);
        }
}

TEST_CASE("a range answered with the whole object fails alone") {
    cluster c(6, 10'240);
    c.spoil("wrong-size@3");
    auto const got = fetch(c, true, {10, 500});
    CHECK(got.letters == "dddfdd");
    CHECK(!got.fault);
}

TEST_CASE("multipart metadata with other entries than the archive is a fault") {
    cluster c(6, 10'240);
    for (auto fault : {"metadata-short@3", "metadata-empty"}) {
        INFO(fault);
        c.spoil(fault);
        auto const got = fetch(c, false);
        CHECK(got.letters == "ffffff");
        REQUIRE(got.fault);
        CHECK(got.fault->code == errc::metadata_mismatch);
    }
}

TEST_CASE("a server that stalls exceeds the idle timeout") {
    cluster c(6, 10'240);
    c.spoil("stall@30000");
    auto options = c.for_engine();
    options.idle_timeout = 300ms;
    // If the machine itself stalls for so long, fewer samples are delivered: then once more.
    CHECK(soon([&] {
        engine e(options);
        std::string letters;
        auto const total = e.stream(made_up(0, 6), {.retry = no_retry, .hedging = false},
                                    [&](sample s) { letters += to_string(s.status())[0]; });
        REQUIRE(total.has_value());
        REQUIRE(total->fault);
        CHECK(total->fault->code == errc::idle_timeout);
        return letters == "ddffff";
    }));
}

TEST_CASE("one bad batch among many affects only itself") {
    cluster c(600, 10'240);
    c.spoil("short@3/5");
    engine e(c.for_engine());
    std::uint64_t next = 0;
    std::uint64_t failed = 0;
    auto const total =
        e.stream(made_up_batches(100, 6), {.in_flight = 8, .retry = no_retry, .hedging = false}, [&](sample s) {
            REQUIRE(s.batch() == next / 6);
            REQUIRE(s.index() == next % 6);
            if (!s.delivered())
                ++failed;
            else
                REQUIRE(is_right(s));
            ++next;
        });
    REQUIRE(total.has_value());
    CHECK(next == 600);
    auto const faults = c.server.stats().faults_applied;
    CHECK(faults >= 20);
    CHECK(failed <= 3 * faults);
    // A redirect to a target that seems slow is followed and closed: the fault of that answer affects no batch.
    CHECK(failed + 3 * e.stats().redirects_dropped >= 3 * faults);
}

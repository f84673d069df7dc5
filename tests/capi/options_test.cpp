// Structs of callers that were compiled with another version of aisle.h, and the meaning of their fields.
#include "options.hpp"

#include "served.hpp"
#include "sized.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>
#include <limits>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

struct newer_options {
    aisle_retry_options known;
    std::int64_t added;
};

newer_options newer(std::int64_t added) {
    newer_options out{};
    out.known.size = sizeof out;
    out.known.attempts = 7;
    out.added = added;
    return out;
}

errc refusal(auto const& f) {
    try {
        f();
    } catch (aisle::exception const& e) {
        return static_cast<errc>(e.why().code.value());
    }
    return {};
}

}  // namespace

TEST_CASE("the structs have the layout of version 0.1; new fields are added at the end") {
    static_assert(sizeof(void*) == 8);
    static_assert(sizeof(aisle_engine_options) == 136 && offsetof(aisle_engine_options, cold_gets) == 128);
    static_assert(sizeof(aisle_entry) == 88 && offsetof(aisle_entry, tag) == 80);
    static_assert(sizeof(aisle_retry_options) == 48 && offsetof(aisle_retry_options, unreached) == 40);
    static_assert(sizeof(aisle_stream_options) == 136 && offsetof(aisle_stream_options, retry) == 128);
    static_assert(sizeof(aisle_source) == 40 && offsetof(aisle_source, user) == 32);
    static_assert(sizeof(aisle_summary) == 72 && offsetof(aisle_summary, cold) == 64);
    static_assert(sizeof(aisle_sink) == 32 && offsetof(aisle_sink, user) == 24);
    static_assert(sizeof(aisle_feed_options) == 56 && offsetof(aisle_feed_options, stream) == 48);
    static_assert(sizeof(aisle_sample_info) == 104 && offsetof(aisle_sample_info, opaque_size) == 96);
    static_assert(sizeof(aisle_object_info) == 80 && offsetof(aisle_object_info, is_unreadable) == 72);
    static_assert(sizeof(aisle_get_options) == 40 && offsetof(aisle_get_options, retry) == 32);
    static_assert(sizeof(aisle_list_options) == 56 && offsetof(aisle_list_options, retry) == 48);
    SUCCEED();
}

TEST_CASE("fields that an older caller does not have keep their defaults") {
    aisle_retry_options given{};
    given.size = offsetof(aisle_retry_options, elapsed);
    given.attempts = 7;
    given.elapsed = 1;  // beyond the caller's struct
    auto const read = capi::to_options(&given);
    CHECK(read.attempts == 7);
    CHECK(read.elapsed == retry_options().elapsed);
}

TEST_CASE("fields that only a newer caller has must be zero") {
    auto const unset = newer(0);
    CHECK(capi::to_options(&unset.known).attempts == 7);
    auto const set = newer(1);
    CHECK(refusal([&] { capi::to_options(&set.known); }) == errc::unsupported);
}

TEST_CASE("a struct without its size is refused") {
    aisle_retry_options given{};
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);
    given.size = std::numeric_limits<std::size_t>::max();  // never set: any number
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);
    aisle_summary out{};
    out.size = given.size;
    CHECK(refusal([&] { capi::write_sized(&out, aisle_summary{}, "summary"); }) == errc::invalid_argument);
}

TEST_CASE("AISLE_NONE for skip_verify checks the server's certificate") {
    aisle_engine_options given{};
    given.size = sizeof given;
    given.skip_verify = AISLE_NONE;
    CHECK(capi::to_options(&given).tls.verify);
    given.skip_verify = 1;
    CHECK(!capi::to_options(&given).tls.verify);
}

TEST_CASE("outputs fill the caller's struct; fields that only a newer caller has become zero") {
    aisle_summary older{};
    older.size = offsetof(aisle_summary, missing);
    older.missing = 99;
    capi::write_sized(&older, aisle_summary{0, 1, 2, 3, 4, 5, 6, 7, 8}, "summary");
    CHECK(older.size == offsetof(aisle_summary, missing));
    CHECK(older.batches == 1);
    CHECK(older.delivered == 2);
    CHECK(older.missing == 99);

    struct {
        aisle_summary known;
        std::uint64_t added = 99;
    } newer;
    newer.known.size = sizeof newer;
    capi::write_sized(&newer.known, aisle_summary{0, 1, 2, 3, 4, 5, 6, 7, 8}, "summary");
    CHECK(newer.known.cold == 8);
    CHECK(newer.added == 0);
}

TEST_CASE("zero is each option's default, AISLE_NONE is zero, INT64_MAX is no limit") {
    auto const none = capi::to_options(static_cast<aisle_engine_options const*>(nullptr));
    CHECK(none.cold_gets == engine_options().cold_gets);
    CHECK(none.idle_timeout == engine_options().idle_timeout);
    CHECK(none.memory_budget_bytes == engine_options().memory_budget_bytes);

    aisle_engine_options given{};
    given.size = sizeof given;
    given.cold_gets = AISLE_NONE;
    given.idle_timeout = 1'500;
    given.memory_budget_bytes = std::numeric_limits<std::int64_t>::max();
    auto const read = capi::to_options(&given);
    CHECK(read.cold_gets == 0);
    CHECK(read.idle_timeout == 1'500ms);
    CHECK(read.memory_budget_bytes == std::numeric_limits<std::size_t>::max());

    given.shards = -2;
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);
}

TEST_CASE("stream options that are all zero are the defaults, and each flag changes one option") {
    auto const none = capi::to_options(static_cast<aisle_stream_options const*>(nullptr));
    stream_options const defaults;
    CHECK(none.streaming_get == defaults.streaming_get);
    CHECK(none.cont_on_err == defaults.cont_on_err);
    CHECK(none.hedging == defaults.hedging);
    CHECK(none.form == defaults.form);
    CHECK(none.output_format == defaults.output_format);

    aisle_stream_options given{};
    given.size = sizeof given;
    given.form = AISLE_FORM_FASTEST;
    given.buffered = given.stop_at_error = given.missing_is_error = given.as_completed = given.send_opaque = 1;
    given.decompress = given.no_hedging = given.join_runs = 1;
    given.colocation = 2;
    auto const read = capi::to_options(&given);
    CHECK(read.form == fetch_form::fastest);
    CHECK(!read.streaming_get);
    CHECK(!read.cont_on_err);
    CHECK(read.missing == on_missing::fail);
    CHECK(read.order == batch_order::completed);
    CHECK(read.send_opaque);
    CHECK(read.decompress);
    CHECK(!read.hedging);
    CHECK(read.join_runs);
    CHECK(read.colocation == colocation_hint::target_and_shard_aware);

    given.colocation = 3;
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);
    given.colocation = 0;
    given.form = 3;
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);
}

TEST_CASE("AISLE_NONE for a flag or a choice is its default") {
    aisle_stream_options given{};
    given.size = sizeof given;
    given.form = given.colocation = AISLE_NONE;
    given.buffered = given.stop_at_error = given.missing_is_error = given.as_completed = given.send_opaque = AISLE_NONE;
    given.decompress = given.no_hedging = given.join_runs = AISLE_NONE;
    auto const read = capi::to_options(&given);
    stream_options const defaults;
    CHECK(read.form == defaults.form);
    CHECK(read.colocation == defaults.colocation);
    CHECK(read.streaming_get == defaults.streaming_get);
    CHECK(read.cont_on_err == defaults.cont_on_err);
    CHECK(read.missing == defaults.missing);
    CHECK(read.order == defaults.order);
    CHECK(read.send_opaque == defaults.send_opaque);
    CHECK(read.decompress == defaults.decompress);
    CHECK(read.hedging == defaults.hedging);
    CHECK(read.join_runs == defaults.join_runs);
    given.decompress = -2;
    CHECK(refusal([&] { capi::to_options(&given); }) == errc::invalid_argument);

    aisle_list_options listing{};
    listing.size = sizeof listing;
    listing.details = listing.members = listing.cached_only = AISLE_NONE;
    auto const listed = capi::to_options(&listing);
    CHECK(!listed.details);
    CHECK(!listed.members);
    CHECK(!listed.cached_only);
}

TEST_CASE("an entry has the caller's fields, and the bucket of its batch unless it names one") {
    aisle_entry given{};
    given.size = sizeof given;
    given.object = "shard.tar";
    given.archpath = "a/b";
    given.start = 3;
    given.length = 4;
    given.expected_size = AISLE_NONE;
    given.expected_checksum = "crc32c:00000000";
    given.opaque = "\0x";
    given.opaque_size = 2;
    given.tag = 9;
    entry wanted{.bucket = "ais://b", .object = "shard.tar", .archpath = "a/b", .opaque = std::string("\0x", 2)};
    wanted.range = {3, 4};
    wanted.expected_size = 0;
    wanted.expected_checksum = "crc32c:00000000";
    wanted.tag = 9;
    CHECK(capi::to_entry(&given, "ais://b") == wanted);
    given.bucket = "s3://c";
    CHECK(capi::to_entry(&given, "ais://b").bucket == "s3://c");
    given.opaque = nullptr;
    CHECK(refusal([&] { capi::to_entry(&given, "ais://b"); }) == errc::invalid_argument);
}

#include <aisle/codec/compression/compressor.hpp>

#include <catch2/catch.hpp>

#include <answer/payload_intake.hpp>
#include <cstring>
#include <string>
#include <support/pattern.hpp>

using namespace aisle;
using namespace aisle::detail;
using aisle::test::pattern;

namespace {

constexpr std::uint64_t limit = 1 << 20;

std::string text_of(taken_payload& taken) {
    auto const bytes = taken.bytes.flat();
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::string compressed(codec::compression as, std::string_view plain) {
    std::string out;
    auto const by = codec::make_compressor(as);
    by->write(out, plain);
    by->finish(out);
    return out;
}

std::string xxhash_of(std::string_view bytes) {
    codec::hasher h(codec::checksum_type::xxhash);
    h.update(std::as_bytes(std::span(bytes)));
    return "xxhash2:" + h.finish();
}

// The payload in pieces of `step` bytes, each after a chunk line, as in a slab; `behind` bytes are added and taken
// back, as for a zip entry of unknown size.
struct arrival {
    std::size_t step = 1000;
    bool size_known = true;
    std::string behind = {};
};

struct bench {
    explicit bench(bool decompress = false) : intake(pool, {decompress, limit}) {}

    result<taken_payload> take(entry const& want, std::string const& payload, arrival const& how = {}) {
        codec::entry_header header;
        header.size_known = how.size_known;
        header.size = how.size_known ? payload.size() : 0;
        slab = pool.acquire(2 * payload.size() + 1000);
        if (auto ok = intake.begin(want, header); !ok) return ok.error();
        auto const all = payload + how.behind;
        std::size_t to = 0;
        for (std::size_t at = 0; at < all.size(); at += how.step) {
            auto const n = std::min(how.step, all.size() - at);
            std::memcpy(slab->data() + to, all.data() + at, n);
            if (auto ok = intake.add({slab->data() + to, n}, slab); !ok) return ok.error();
            to += n + 8;
        }
        auto const ended = intake.end(how.behind.size(), slab);
        if (!ended) return ended.error();
        return taken_payload{*ended->bytes, *ended->in};
    }

    slab_pool pool{8 << 20};
    slab_ref slab;
    payload_intake intake;
};

entry named(std::string object) {
    return {.bucket = "ais://b", .object = std::move(object)};
}

}  // namespace

TEST_CASE("a payload without expectations stays in its slab") {
    bench b;
    auto const bytes = pattern(50'000);
    auto taken = b.take(named("o"), bytes);
    REQUIRE(taken.has_value());
    CHECK(taken->in.get() == b.slab.get());
    CHECK(text_of(*taken) == bytes);
    auto empty = b.take(named("o"), "");
    REQUIRE(empty.has_value());
    CHECK(empty->bytes.empty());
}

TEST_CASE("an expected size and checksum are compared with the payload, however it arrives") {
    auto const bytes = pattern(30'000);
    for (bool const size_known : {true, false}) {
        for (std::size_t const step : {std::size_t{7}, std::size_t{1000}, std::size_t{40'000}}) {
            INFO(size_known << ' ' << step);
            arrival const how{step, size_known, size_known ? "" : "PK\7\b behind"};
            bench b;
            auto want = named("o");
            want.expected_size = 30'000;
            want.expected_checksum = xxhash_of(bytes);
            auto good = b.take(want, bytes, how);
            REQUIRE(good.has_value());
            CHECK(text_of(*good) == bytes);

            want.expected_size = 29'999;
            CHECK(b.take(want, bytes, how).error().code == errc::wrong_size);

            want.expected_size = {};
            auto damaged = bytes;
            damaged[12'345] ^= 1;
            auto const bad = b.take(want, damaged, how);
            REQUIRE(bad.has_error());
            CHECK(bad.error().code == errc::wrong_checksum);
            CHECK(bad.error().where == stage::payload);
            CHECK(bad.error().text.find(want.expected_checksum.substr(8)) != std::string::npos);
            CHECK(b.take(want, bytes, how).has_value());  // a failure leaves no state behind
        }
    }
}

TEST_CASE("a range answered with other bytes has the wrong size") {
    bench b;
    auto want = named("o");
    want.range = {2, 3};
    CHECK(b.take(want, "abc").has_value());
    CHECK(b.take(want, "whole object").error().code == errc::wrong_size);
    CHECK(b.take(want, "whole object", {.size_known = false}).error().code == errc::wrong_size);
    want.range = {2, -1};
    CHECK(b.take(want, "whatever is there").has_value());
}

TEST_CASE("samples over the limit are refused, by their announced size or as they arrive") {
    bench b;
    std::string const large(limit + 1, 'x');
    CHECK(b.take(named("o"), large).error().code == errc::limit_exceeded);
    CHECK(b.take(named("o"), large, {.size_known = false}).error().code == errc::limit_exceeded);
    CHECK(b.take(named("o"), large.substr(1)).has_value());
    CHECK(b.take(named("o"), large.substr(1), {.size_known = false}).has_value());
}

TEST_CASE("samples called .gz and .zst are decompressed if requested") {
    auto const plain = pattern(300'000) + std::string(300'000, 'a');
    for (auto const& [name, as] :
         {std::pair{"a/o.json.gz", codec::compression::gzip}, {"o.zst", codec::compression::zstd}}) {
        auto const bytes = compressed(as, plain);
        for (bool const size_known : {true, false}) {
            for (std::size_t const step : {std::size_t{100}, std::size_t{32'768}}) {
                INFO(name << ' ' << size_known << ' ' << step);
                bench b(true);
                arrival const how{step, size_known, size_known ? "" : "PK\7\b"};
                auto want = named(name);
                want.expected_size = bytes.size();
                want.expected_checksum = xxhash_of(bytes);  // of the bytes in the cluster
                for (int again = 0; again < 2; ++again) {
                    auto taken = b.take(want, bytes, how);
                    REQUIRE(taken.has_value());
                    CHECK(taken->in.get() != b.slab.get());
                    CHECK(text_of(*taken) == plain);
                }
                auto raw = b.take(named("o.bin"), bytes, how);
                REQUIRE(raw.has_value());
                CHECK(text_of(*raw) == bytes);

                bench untouched;
                auto as_it_is = untouched.take(want, bytes, how);
                REQUIRE(as_it_is.has_value());
                CHECK(text_of(*as_it_is) == bytes);
            }
        }
    }
}

TEST_CASE("a sample that cannot be decompressed fails, and the next sample is not affected") {
    bench b(true);
    auto const good = compressed(codec::compression::gzip, "good");
    for (auto const& bad :
         {std::string("not compressed at all"), good.substr(0, good.size() - 1), good + "garbage", std::string()}) {
        auto const outcome = b.take(named("o.gz"), bad);
        INFO(bad.size());
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().where == stage::payload);
        auto next = b.take(named("o.gz"), good);
        REQUIRE(next.has_value());
        CHECK(text_of(*next) == "good");
    }
    auto shard = named("s.tar");
    shard.archpath = "m.gz";
    CHECK(b.take(shard, "nothing compressed").has_error());
    auto range = named("o.gz");
    range.range = {0, 4};
    CHECK(b.take(range, good.substr(0, 4)).has_value());
}

TEST_CASE("a sample that would fill the memory when decompressed is refused before that") {
    bench b(true);
    std::string bomb;
    auto const by = codec::make_compressor(codec::compression::gzip);
    std::string const zeros(1 << 20, '\0');
    for (int mib = 0; mib < 64; ++mib) by->write(bomb, zeros);
    by->finish(bomb);
    REQUIRE(bomb.size() < limit);
    CHECK(b.take(named("o.gz"), bomb).error().code == errc::limit_exceeded);
    b.slab = {};
    CHECK(b.pool.in_use_bytes() <= 4 * limit);
}

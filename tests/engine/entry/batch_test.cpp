#include <aisle/batch.hpp>

#include <catch2/catch.hpp>

#include <entry/batch_facts.hpp>

using namespace aisle;

namespace {

entry make(std::string object, std::string archpath = {}, byte_range range = {}) {
    return {"ais://b", std::move(object), std::move(archpath), {}, range};
}

}  // namespace

TEST_CASE("a batch keeps its entries in order, each with its bucket") {
    batch b{"ais://train"};
    b.add("obj-1")
        .add("shard.tar", {.archpath = "a.jpg", .opaque = "id-7"})
        .add("s3://other", "big.bin", {.range = {1024, 4096}});
    REQUIRE(b.size() == 3);
    CHECK(b.entries()[0] == entry{"ais://train", "obj-1", "", "", {}});
    CHECK(b.entries()[1] == entry{"ais://train", "shard.tar", "a.jpg", "id-7", {}});
    CHECK(b.entries()[2] == entry{"s3://other", "big.bin", "", "", {1024, 4096}});
    b.add(entry{"", "last", "", "", {}});
    CHECK(b.entries()[3].bucket == "ais://train");
}

TEST_CASE("a batch knows if its entries have one bucket, and if they have only names") {
    auto const one_bucket = detail::batch_facts::one_bucket;
    auto const names_only = detail::batch_facts::names_only;
    batch b{"ais://train"};
    b.add("a").add("ais://train", "b").add(entry{"", "c", "", "", {}}).add("d", {.tag = 7});
    CHECK(one_bucket(b));
    CHECK(names_only(b));
    b.add("s3://train", "e");
    CHECK_FALSE(one_bucket(b));
    CHECK_FALSE(one_bucket(b.add("f")));
    CHECK(names_only(b));
    for (auto const& options :
         {entry_options{.archpath = "m"}, entry_options{.opaque = "o"}, entry_options{.range = {0, 1}},
          entry_options{.expected_size = 0}, entry_options{.expected_checksum = "crc32c:00000000"}}) {
        auto copy = b;
        CHECK_FALSE(names_only(copy.add("g", options)));
        CHECK_FALSE(names_only(copy.add("h")));
        auto other = b;
        CHECK_FALSE(names_only(other.add("ais://train", "g", options)));
    }
    batch first;
    CHECK(one_bucket(first.add("s3://x", "a").add(entry{"s3://x", "b", "", "", {}})));
    CHECK_FALSE(one_bucket(first.add(entry{"s3://y", "b", "", "", {}})));
}

TEST_CASE("a batch with reserved memory does not move its entries") {
    batch b{"ais://train"};
    b.reserve(100);
    auto const* const first = &b.add("0").entries().front();
    for (int i = 1; i < 100; ++i) b.add(std::to_string(i));
    CHECK(&b.entries().front() == first);
}

TEST_CASE("names that AIStore serves pass the check") {
    for (auto name : {"a", "a/b/c", "sp ace", "q\"<&>\\z", "new\nline", "__404__/x",
                      "\xc3\xbcn\xc3\xaf/\xe6\x97\xa5.bin", "...", "~a", "a..b"})
        CHECK(check(make(name)).has_value());
    CHECK(check(make("s.tar", "d/b.bin")).has_value());
    CHECK(check(make("s.tar", "/d/b.bin")).has_value());
    CHECK(check(make(std::string(900, 'n'))).has_value());
}

TEST_CASE("names that AIStore refuses, misreads or crashes on are never sent") {
    for (std::string name : {std::string(), std::string("a/"), std::string("/a"), std::string("a//b"), std::string("."),
                             std::string("a/../b"), std::string("./a"), std::string("~/a"), std::string("a\0b", 3),
                             std::string("\xff\xfe"), std::string("\xed\xa0\x80"), std::string(1000, 'n')}) {
        INFO(name);
        auto const bad_object = check(make(name));
        REQUIRE(!bad_object);
        CHECK(bad_object.error().code == errc::invalid_entry);
        CHECK(!bad_object.error().text.empty());
        if (!name.empty() && name != "/a") CHECK(!check(make("s.tar", name)));
    }
}

TEST_CASE("ranges to which AIStore answers 400 for the whole batch are refused") {
    for (byte_range good : {byte_range{0, 0}, byte_range{0, 10}, byte_range{5, 10}, byte_range{5, -1}})
        CHECK(check(make("o", "", good)).has_value());
    for (byte_range bad :
         {byte_range{5, 0}, byte_range{-1, 4}, byte_range{0, -2}, byte_range{0, -1}, byte_range{INT64_MAX, 2}})
        CHECK(!check(make("o", "", bad)));
}

TEST_CASE("buckets need a known provider, a valid name and no namespace") {
    auto with = [](std::string bucket) { return check(entry{std::move(bucket), "o", "", "", {}}); };
    for (auto good : {"b", "ais://b", "s3://b", "aws://b", "gs://b", "az://b", "oci://b", "ht://b"})
        CHECK(with(good).has_value());
    for (auto bad :
         {"", "ais://", "AIS://b", "ftp://b", "ais://a/b", "ais://a b", "ais://a\r\nX: y", "ais://.b", "ais://a?x=1"}) {
        INFO(bad);
        CHECK(!with(bad));
    }
    for (auto good : {"ais://@uuid#ns/b", "ais://#ns/b", "ais://@remote/b", "ais://@#/b", "s3://@uuid#ns/b"})
        CHECK(with(good).has_value());
    for (auto bad : {"ais://@uuid#ns", "ais://#ns/", "ais://#n s/b", "ais://@u#n#m/b", "ais://@uuid#ns/b/c"}) {
        INFO(bad);
        CHECK(!with(bad));
    }
}

TEST_CASE("an entry's expectations must be valid") {
    auto const with_size = [](byte_range range, std::uint64_t size) {
        return check({.bucket = "ais://b", .object = "o", .range = range, .expected_size = size});
    };
    CHECK(with_size({}, 0).has_value());
    CHECK(with_size({10, 5}, 5).has_value());
    CHECK(!with_size({10, 5}, 6));
    CHECK(with_size({10, -1}, 6).has_value());

    auto const with_sum = [](std::string sum) {
        return check({.bucket = "ais://b", .object = "o", .expected_checksum = std::move(sum)});
    };
    for (auto good : {"xxhash2:ef46db3751d8e999", "xxhash:EF46DB3751D8E999", "crc32c:00000000",
                      "md5:d41d8cd98f00b204e9800998ecf8427e"})
        CHECK(with_sum(good).has_value());
    for (auto bad :
         {"ef46db3751d8e999", "xxhash2:", "xxhash2:ef46", "crc32:00000000", "crc32c:0000000g", ":", "none:"}) {
        INFO(bad);
        REQUIRE(with_sum(bad).has_error());
        CHECK(with_sum(bad).error().code == errc::invalid_entry);
        CHECK(with_sum(bad).error().text.find(bad) != std::string::npos);
    }
}

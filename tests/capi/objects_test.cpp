// Buckets and single objects through the C API.
#include "served.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string_view data_of(aisle_object const* object) {
    std::size_t size = 0;
    auto const* const data = static_cast<char const*>(aisle_object_data(object, &size));
    return {data, size};
}

aisle_object_info info_of(aisle_object const* object) {
    aisle_object_info out{};
    out.size = sizeof out;
    REQUIRE(aisle_object_get_info(object, &out, nullptr) == AISLE_OK);
    return out;
}

}  // namespace

TEST_CASE("an object can be put, described, read in parts and listed, and disappears with its bucket") {
    served s;
    auto const bucket = s.bucket("ais://made");
    CHECK(aisle_bucket_create(bucket.get(), nullptr, nullptr) == AISLE_OK);
    CHECK(aisle_bucket_create(bucket.get(), nullptr, nullptr) == AISLE_END);

    aisle_object* made = nullptr;
    REQUIRE(aisle_bucket_put(bucket.get(), "a/b", "0123456789", 10, nullptr, &made, nullptr) == AISLE_OK);
    held_object object(made);
    CHECK(info_of(made).bytes == 10);
    CHECK(data_of(made).empty());
    REQUIRE(aisle_bucket_put(bucket.get(), "a/empty", nullptr, 0, nullptr, nullptr, nullptr) == AISLE_OK);
    CHECK(aisle_bucket_put(bucket.get(), "c", nullptr, 1, nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);

    REQUIRE(aisle_bucket_head(bucket.get(), "a/b", nullptr, &made, nullptr) == AISLE_OK);
    object.reset(made);
    CHECK(info_of(made).bytes == 10);
    CHECK(info_of(made).name == std::string("a/b"));
    CHECK(info_of(made).checksum != std::string());
    CHECK(aisle_bucket_head(bucket.get(), "nothing", nullptr, &made, nullptr) == AISLE_MISSING);

    aisle_get_options part{};
    part.size = sizeof part;
    part.start = 3;
    part.length = 4;
    REQUIRE(aisle_bucket_get(bucket.get(), "a/b", &part, &made, nullptr) == AISLE_OK);
    object.reset(made);
    CHECK(data_of(made) == "3456");
    REQUIRE(aisle_bucket_get(bucket.get(), "a/b", nullptr, &made, nullptr) == AISLE_OK);
    object.reset(made);
    CHECK(data_of(made) == "0123456789");

    aisle_listing* listed = nullptr;
    REQUIRE(aisle_bucket_list(bucket.get(), "a/", nullptr, &listed, nullptr) == AISLE_OK);
    held_listing const listing(listed);
    aisle_object_info info{};
    info.size = sizeof info;
    REQUIRE(aisle_listing_next(listed, &info, nullptr) == AISLE_OK);
    CHECK(info.name == std::string("a/b"));
    CHECK(info.bytes == 10);
    REQUIRE(aisle_listing_next(listed, &info, nullptr) == AISLE_OK);
    CHECK(info.name == std::string("a/empty"));
    CHECK(aisle_listing_next(listed, &info, nullptr) == AISLE_END);
    CHECK(aisle_listing_next(listed, &info, nullptr) == AISLE_END);

    CHECK(aisle_bucket_destroy(bucket.get(), nullptr, nullptr) == AISLE_OK);
    CHECK(aisle_bucket_destroy(bucket.get(), nullptr, nullptr) == AISLE_END);
}

TEST_CASE("calls of a bucket are cancelled when its engine is freed") {
    served s;
    auto const bucket = s.bucket("ais://synthetic");
    s.engine.reset();
    aisle_object* made = nullptr;
    CHECK(aisle_bucket_get(bucket.get(), "x", nullptr, &made, nullptr) == AISLE_CANCELLED);
}

TEST_CASE("the URI of a bucket is checked when it is opened") {
    served s;
    aisle_bucket* made = nullptr;
    CHECK(aisle_bucket_open(s.engine.get(), "no such provider://x", &made, nullptr) == AISLE_INVALID_ARGUMENT);
}

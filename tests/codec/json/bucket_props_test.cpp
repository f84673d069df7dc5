#include <aisle/codec/json/bucket_props.hpp>

#include <catch2/catch.hpp>

using aisle::codec::has_backend;

TEST_CASE("a bucket has a backend if its properties name one") {
    CHECK(has_backend(
        R"({"provider":"ais","backend_bck":{"name":"b","provider":"aws","namespace":{"uuid":"","name":""}}})"));
    CHECK(has_backend(R"({"backend_bck":{"provider":"gcp","name":"c"},"versioning":{"enabled":true}})"));
    // AIStore writes the field for every bucket; it is empty if there is no backend.
    CHECK(!has_backend(R"({"backend_bck":{"name":"","provider":"","namespace":{"uuid":"","name":""}}})"));
    CHECK(!has_backend(R"({"backend_bck":null})"));
    CHECK(!has_backend(R"({"name":"b"})"));
    CHECK(!has_backend("{}"));
    CHECK(!has_backend(""));
    CHECK(!has_backend("no JSON"));
}

TEST_CASE("the checksum type is read from the bucket's properties") {
    using aisle::codec::checksum_type_in;
    CHECK(checksum_type_in(R"({"backend_bck":{"name":"x"},"checksum":{"type":"xxhash2","enable_read_range":false}})") ==
          "xxhash2");
    CHECK(checksum_type_in(R"({"checksum":{"type":"none"}})").empty());
    CHECK(checksum_type_in(R"({"checksum":null,"name":"b"})").empty());
    CHECK(checksum_type_in("").empty());
}

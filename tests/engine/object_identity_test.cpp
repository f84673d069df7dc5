#include <catch2/catch.hpp>

#include <request/object_identity.hpp>

using namespace aisle::detail;

namespace {

object_identity const whole{1000, "abc", "3", "\"e1\"", "Mon, 01 Jan 2026 00:00:00 GMT"};

}  // namespace

TEST_CASE("a checksum that both answers have decides alone") {
    CHECK(compare(whole, whole) == sameness::same);
    auto other = whole;
    other.checksum = "abd";
    CHECK(compare(whole, other) == sameness::different);
    other = whole;
    other.version = "4";  // put again with the same bytes
    CHECK(compare(whole, other) == sameness::same);
}

TEST_CASE("without a checksum in both, all else that both have has to be equal") {
    auto one = whole;
    one.checksum.clear();
    CHECK(compare(one, whole) == sameness::same);
    for (auto const field : {&object_identity::version, &object_identity::etag, &object_identity::last_modified}) {
        auto other = whole;
        other.*field = "else";
        CHECK(compare(one, other) == sameness::different);
        other.*field = "";
        CHECK(compare(one, other) == sameness::same);
        object_identity const only{.version = "", .etag = ""};
        CHECK(compare(one, only) == sameness::unknown);
    }
}

TEST_CASE("another size is another object, whatever else is equal") {
    auto other = whole;
    other.total = 1001;
    CHECK(compare(whole, other) == sameness::different);
    other.total = {};
    CHECK(compare(whole, other) == sameness::same);
    CHECK(compare({.total = 5}, {.total = 5}) == sameness::unknown);
    CHECK(compare({.total = 5}, {.total = 6}) == sameness::different);
}

TEST_CASE("a weak ETag does not tell versions apart") {
    object_identity const weak{.etag = "W/\"e\""};
    CHECK(!weak.tells_versions());
    CHECK(compare(weak, weak) == sameness::unknown);
    CHECK(object_identity{.etag = "\"e\""}.tells_versions());
    CHECK(object_identity{.checksum = "1"}.tells_versions());
    CHECK(object_identity{.version = "1"}.tells_versions());
    CHECK(!object_identity{.total = 7}.tells_versions());
}

#include <catch2/catch.hpp>

#include <request/object_head.hpp>
#include <string>

using namespace aisle::detail;

namespace {

object_identity const whole{1000, "abc", "3", "\"e1\"", "Mon, 01 Jan 2026 00:00:00 GMT"};

}  // namespace

TEST_CASE("a checksum in both answers decides alone") {
    CHECK(compare(whole, whole) == sameness::same);
    auto other = whole;
    other.checksum = "abd";
    CHECK(compare(whole, other) == sameness::different);
    other = whole;
    other.version = "4";  // put again with the same bytes
    CHECK(compare(whole, other) == sameness::same);
}

TEST_CASE("without a checksum in both answers, all other common fields must be equal") {
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

TEST_CASE("another size means another object, whatever else is equal") {
    auto other = whole;
    other.total = 1001;
    CHECK(compare(whole, other) == sameness::different);
    other.total = {};
    CHECK(compare(whole, other) == sameness::same);
    CHECK(compare({.total = 5}, {.total = 5}) == sameness::unknown);
    CHECK(compare({.total = 5}, {.total = 6}) == sameness::different);
}

TEST_CASE("a weak ETag does not identify a version") {
    object_identity const weak{.etag = "W/\"e\""};
    CHECK(!weak.tells_versions());
    CHECK(compare(weak, weak) == sameness::unknown);
    CHECK(object_identity{.etag = "\"e\""}.tells_versions());
    CHECK(object_identity{.checksum = "1"}.tells_versions());
    CHECK(object_identity{.version = "1"}.tells_versions());
    CHECK(!object_identity{.total = 7}.tells_versions());
}

TEST_CASE("a Content-Range gives the range of bytes and the total size") {
    CHECK(read_content_range("bytes 10-29/1024") == content_range{10, 29, 1024});
    CHECK(read_content_range("bytes 0-0/1") == content_range{0, 0, 1});
    CHECK(read_content_range("bytes 1000-1023/*") == content_range{1000, 1023, {}});
    CHECK(read_content_range("BYTES 5-5/6") == content_range{5, 5, 6});
    CHECK(read_content_range("bytes 10-29/1024")->size() == 20);
    auto const large = read_content_range("bytes 0-9223372036854775806/9223372036854775807");
    REQUIRE(large);
    CHECK(large->size() == 9223372036854775807u);
}

TEST_CASE("an invalid Content-Range is rejected") {
    for (auto const* text : {"",
                             "bytes",
                             "bytes ",
                             "lines 1-2/3",
                             "bytes=1-2/3",
                             "bytes 1-2",
                             "bytes 1/2",
                             "bytes 2-1/3",
                             "bytes 1-3/3",
                             "bytes -1-2/3",
                             "bytes 1--2/3",
                             "bytes a-2/3",
                             "bytes 1-b/3",
                             "bytes 1-2/c",
                             "bytes 1-2/",
                             "bytes -2/3",
                             "bytes 1-/3",
                             "bytes  1-2/3",
                             "bytes 1-2/3 ",
                             "bytes 1-2/3,4-5/6",
                             "bytes +1-2/3",
                             "bytes */3",
                             "bytes 0-9223372036854775808/*",
                             "bytes 0-1/99999999999999999999"}) {
        CAPTURE(text);
        CHECK(!read_content_range(text));
    }
}

TEST_CASE("an unsatisfiable range is answered with the object's size") {
    CHECK(read_unsatisfied_range("bytes */1024") == 1024u);
    CHECK(read_unsatisfied_range("bytes */0") == 0u);
    for (auto const* text : {"", "bytes */", "bytes */*", "bytes 1-2/3", "lines */5", "bytes */-5"}) {
        CAPTURE(text);
        CHECK(!read_unsatisfied_range(text));
    }
}

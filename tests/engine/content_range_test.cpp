#include <catch2/catch.hpp>

#include <request/content_range.hpp>
#include <string>

using namespace aisle::detail;

TEST_CASE("a Content-Range says which bytes of how many come") {
    CHECK(read_content_range("bytes 10-29/1024") == content_range{10, 29, 1024});
    CHECK(read_content_range("bytes 0-0/1") == content_range{0, 0, 1});
    CHECK(read_content_range("bytes 1000-1023/*") == content_range{1000, 1023, {}});
    CHECK(read_content_range("BYTES 5-5/6") == content_range{5, 5, 6});
    CHECK(read_content_range("bytes 10-29/1024")->size() == 20);
    auto const large = read_content_range("bytes 0-9223372036854775806/9223372036854775807");
    REQUIRE(large);
    CHECK(large->size() == 9223372036854775807u);
}

TEST_CASE("a Content-Range that is none is told") {
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

TEST_CASE("a range that cannot be satisfied comes with the object's size") {
    CHECK(read_unsatisfied_range("bytes */1024") == 1024u);
    CHECK(read_unsatisfied_range("bytes */0") == 0u);
    for (auto const* text : {"", "bytes */", "bytes */*", "bytes 1-2/3", "lines */5", "bytes */-5"}) {
        CAPTURE(text);
        CHECK(!read_unsatisfied_range(text));
    }
}

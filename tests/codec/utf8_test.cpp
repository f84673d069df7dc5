#include <aisle/codec/utf8.hpp>

#include <catch2/catch.hpp>

#include <string>

using aisle::codec::is_valid_utf8;

TEST_CASE("well-formed UTF-8 is distinguished from other bytes") {
    for (auto const* good : {"", "plain", "ünï/日本 x.bin", "\xf0\x9f\x8e\x89", "\xed\x9f\xbf", "\xef\xbf\xbd"})
        CHECK(is_valid_utf8(good));
    CHECK(is_valid_utf8(std::string("a\0b", 3)));
    for (auto const* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                            "ok\xe6\x97", "\xf5\x80\x80\x80"}) {
        INFO(bad);
        CHECK_FALSE(is_valid_utf8(bad));
    }
}

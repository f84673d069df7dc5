#include <aisle/base/utf8.hpp>

#include <catch2/catch.hpp>

using namespace aisle::base;

TEST_CASE("a well-formed UTF-8 sequence is measured, any other is refused") {
    CHECK(utf8_sequence_bytes("") == 0);
    CHECK(utf8_sequence_bytes("a") == 1);
    CHECK(utf8_sequence_bytes("\u00fc") == 2);
    CHECK(utf8_sequence_bytes("\u732b") == 3);
    CHECK(utf8_sequence_bytes("\U0010ffff") == 4);
    CHECK(utf8_sequence_bytes("\xf4\x90\x80\x80") == 0);  // above U+10FFFF
    CHECK(utf8_sequence_bytes("\x80") == 0);
    CHECK(utf8_sequence_bytes("\xc1\x80") == 0);      // overlong
    CHECK(utf8_sequence_bytes("\xe0\x80\x80") == 0);  // overlong
    CHECK(utf8_sequence_bytes("\xed\xa0\x80") == 0);  // surrogate
    CHECK(utf8_sequence_bytes("\xf0\x9f\x90") == 0);  // incomplete
    CHECK(utf8_sequence_bytes("\xc3(") == 0);
}

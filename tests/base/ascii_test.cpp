#include <aisle/base/ascii.hpp>
#include <aisle/base/hex.hpp>

#include <catch2/catch.hpp>

using namespace aisle::base;

TEST_CASE("trimmed() removes the blanks at both ends and no others") {
    CHECK(trimmed("  a b\t ") == "a b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed(" \t ").empty());
    CHECK(trimmed("").empty());
    CHECK(trimmed(" a\n") == "a\n");
    CHECK(trimmed(" a\r\n", " \t\r\n") == "a");
}

TEST_CASE("the case of ASCII letters is ignored, that of other letters is not") {
    CHECK(equal_without_case("Content-Type", "content-TYPE"));
    CHECK_FALSE(equal_without_case("a", "ab"));
    CHECK_FALSE(equal_without_case("[", "{"));
    CHECK_FALSE(equal_without_case("\u00dc", "\u00fc"));
}

TEST_CASE("an HTTP token has no blank, no separator and no other byte than ASCII") {
    CHECK(is_token("GET"));
    CHECK(is_token("x-1!#$%&'*+.^_`|~"));
    for (char const* text : {"", "a b", "a:b", "a/b", "a\n", "\u00fc", "\"a\""}) CHECK_FALSE(is_token(text));
}

TEST_CASE("hexadecimal digits are read in either case and written in lower case") {
    CHECK(hex_value('0') == 0);
    CHECK(hex_value('a') == 10);
    CHECK(hex_value('F') == 15);
    for (char const c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xff'}) CHECK(hex_value(c) == -1);
    std::string out;
    append_hex(out, '\xfe');
    append_hex(out, '\x0a', upper_hex_digits);
    CHECK(out == "fe0A");
}

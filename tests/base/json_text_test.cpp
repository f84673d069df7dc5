#include <aisle/base/json_text.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using namespace aisle::base;

TEST_CASE("JSON strings escape what RFC 8259 requires, and never contain invalid UTF-8") {
    CHECK(json_string("") == "\"\"");
    CHECK(json_string("a\"b\\c/") == "\"a\\\"b\\\\c/\"");
    CHECK(json_string("\n\r\t\x01\x1b") == "\"\\n\\r\\t\\u0001\\u001b\"");
    CHECK(json_string(std::string_view("a\0b", 3)) == "\"a\\u0000b\"");
    CHECK(json_string("\u732b\xff!") == "\"\u732b\\ufffd!\"");
    CHECK(json_string("<a&b>") == "\"<a&b>\"");
}

TEST_CASE("JSON strings as Go writes them escape HTML and line separators too") {
    std::string out;
    append_json_string(out, "<a&b>\u2028\u2029", json_escapes::as_go);
    CHECK(out == "\"\\u003ca\\u0026b\\u003e\\u2028\\u2029\"");
}

TEST_CASE("a character to escape is found at every place of a long text") {
    for (std::size_t at = 0; at < 40; ++at) {
        std::string text(40, 'x');
        text[at] = '"';
        CAPTURE(at);
        CHECK(json_string(text) == '"' + text.substr(0, at) + "\\\"" + text.substr(at + 1) + '"');
    }
}

TEST_CASE("JSON numbers cover the whole range") {
    std::string out;
    append_json_number(out, std::numeric_limits<std::int64_t>::min());
    CHECK(out == "-9223372036854775808");
}

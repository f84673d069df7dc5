#include "printable.hpp"

#include "utf8.hpp"

#include <catch2/catch.hpp>

using namespace aisle::cli;

TEST_CASE("what a terminal would obey is shown, not sent") {
    CHECK(printable("plain /name.txt") == "plain /name.txt");
    CHECK(printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
    CHECK(printable("a\nb\r\x7f") == "a\\x0ab\\x0d\\x7f");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");  // C1's CSI
    CHECK(printable("txt.\u202egpj") == "txt.\\xe2\\x80\\xaegpj");
    CHECK(printable("\u2066x\u2069") == "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");
}

TEST_CASE("UTF-8 names stay readable and broken ones become harmless") {
    CHECK(printable("gr\u00fc\u00df \u732b \U0001f431") == "gr\u00fc\u00df \u732b \U0001f431");
    CHECK(printable("a\xffz") == "a\\xffz");
    CHECK(printable("\xe7\x8c") == "\\xe7\\x8c");
    CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
}

TEST_CASE("JSON strings escape what RFC 8259 asks for, and never contain broken UTF-8") {
    auto const json = [](std::string_view text) {
        std::string out;
        append_json(out, text);
        return out;
    };
    CHECK(json("") == "\"\"");
    CHECK(json("a\"b\\c/") == "\"a\\\"b\\\\c/\"");
    CHECK(json("\n\t\x01\x1b\x7f") == "\"\\n\\u0009\\u0001\\u001b\\u007f\"");
    CHECK(json(std::string_view("a\0b", 3)) == "\"a\\u0000b\"");
    CHECK(json("\u732b\xff!") == "\"\u732b\\ufffd!\"");
}

TEST_CASE("a UTF-8 sequence is measured, or refused") {
    CHECK(utf8_sequence("") == 0);
    CHECK(utf8_sequence("a") == 1);
    CHECK(utf8_sequence("\u00fc") == 2);
    CHECK(utf8_sequence("\u732b") == 3);
    CHECK(utf8_sequence("\U0010ffff") == 4);
    CHECK(utf8_sequence("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
    CHECK(utf8_sequence("\x80") == 0);
    CHECK(utf8_sequence("\xe0\x80\x80") == 0);
    CHECK(utf8_sequence("\xf0\x9f\x90") == 0);
}

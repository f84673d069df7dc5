#include "text/printable.hpp"

#include <catch2/catch.hpp>

using namespace aisle::cli;

TEST_CASE("control characters are shown as escapes") {
    CHECK(printable("plain /name.txt") == "plain /name.txt");
    CHECK(printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
    CHECK(printable("a\nb\r\x7f") == "a\\x0ab\\x0d\\x7f");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");  // C1's CSI
    CHECK(printable("txt.\u202egpj") == "txt.\\xe2\\x80\\xaegpj");
    CHECK(printable("\u2066x\u2069") == "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");
}

TEST_CASE("valid UTF-8 stays readable, invalid bytes are escaped") {
    CHECK(printable("gr\u00fc\u00df \u732b \U0001f431") == "gr\u00fc\u00df \u732b \U0001f431");
    CHECK(printable("a\xffz") == "a\\xffz");
    CHECK(printable("\xe7\x8c") == "\\xe7\\x8c");
    CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
}

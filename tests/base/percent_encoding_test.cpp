#include <aisle/base/percent_encoding.hpp>

#include <catch2/catch.hpp>

using namespace aisle::base;

TEST_CASE("percent-encoding leaves unreserved characters and nothing else") {
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("a b/c?d=e&f#g%h+i") == "a%20b%2Fc%3Fd%3De%26f%23g%25h%2Bi");
    CHECK(percent_encode("@uuid#ns") == "%40uuid%23ns");
    CHECK(percent_encode(std::string_view("\xc3\xbc\0\xff", 4)) == "%C3%BC%00%FF");
}

TEST_CASE("percent-encoding leaves what it is told to") {
    CHECK(percent_encode("/a b/\u00fc\"&=+", "/&=+") == "/a%20b/%C3%BC%22&=+");
}

TEST_CASE("percent-decoding reverses it, and refuses broken escapes") {
    CHECK(percent_decode("a%2Fb%00+") == std::string("a/b\0+", 5));
    CHECK(percent_decode("%c3%BC") == "\u00fc");
    CHECK(percent_decode("") == "");
    for (char const* text : {"%", "%f", "a%2", "%g0", "%0g", "%%20"}) {
        CAPTURE(text);
        CHECK_FALSE(percent_decode(text).has_value());
    }
}

#include <aisle/codec/token.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::codec;

namespace {

std::string const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln-_~+/=";

}  // namespace

TEST_CASE("a token is read from plain text and from the JSON of AIStore's command line tool") {
    for (auto const& text : {jwt, jwt + "\n", "  " + jwt + "\r\n", "{\"token\": \"" + jwt + "\"}",
                             "\n{\"other\": [1, {}], \"token\":\"" + jwt + "\"}\n"})
        CHECK(read_token(text).value() == jwt);
}

TEST_CASE("an invalid token is rejected, and the error does not quote it") {
    std::string const secret = "c2VjcmV0";
    for (auto const& text :
         {std::string(), std::string(" \r\n"), secret + "\n" + secret, secret + " x", secret + std::string(1, '\0'),
          secret + "\r\nX-Evil: 1", secret + "\x7f", secret + "\xc3\xbc", secret + "\t" + secret,
          "{\"token\": \"" + secret + "\\r\\nX-Evil: 1\"}", std::string("{\"token\": \"\"}"), "{\"token\": 7" + secret,
          "{\"token\": [\"" + secret + "\"]}", "{\"Token\": \"" + secret + "\"}", "{\"token\": \"" + secret,
          "{\"token\": \"" + secret + "\"} " + secret, std::string("{}"), std::string("{")}) {
        CAPTURE(text);
        auto const token = read_token(text);
        REQUIRE(token.has_error());
        CHECK(token.error().code == errc::invalid_argument);
        CHECK(token.error().message().find(secret) == std::string::npos);
    }
    CHECK(check_token(jwt).has_value());
    CHECK(check_token("").has_error());
    CHECK(check_token("a b").has_error());
}

#include "check/check_text.hpp"

#include <catch2/catch.hpp>

using namespace aisle::cli;
using std::chrono::system_clock;

TEST_CASE("a Date field is read, anything else is not") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == system_clock::from_time_t(784111777));
    for (char const* text : {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1", "784111777"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text));
    }
}

TEST_CASE("the expiry of a JSON Web Token is read, other tokens have none") {
    // {"alg":"none"} and {"exp":1300819380}
    CHECK(token_expiry("Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjEzMDA4MTkzODB9.x") ==
          system_clock::from_time_t(1300819380));
    for (char const* text : {"", "Bearer token", "Bearer a.b", "Bearer a.b.c", "Bearer a.e30.c", "Bearer a.!!.c",
                             "Bearer ..", "Bearer a.eyJleHAiOiJuZXZlciJ9.c"}) {  // {} and {"exp":"never"}
        CAPTURE(text);
        CHECK_FALSE(token_expiry(text));
    }
}

TEST_CASE("the version is read from a node's status") {
    CHECK(version_in(R"({"status":"online","ais_version":"5.0.abc"})") == "5.0.abc");
    CHECK(version_in(R"({"ais_version":5})").empty());
    CHECK(version_in("no JSON").empty());
    CHECK(version_in("").empty());
}

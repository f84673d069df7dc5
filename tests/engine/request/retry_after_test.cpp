#include <catch2/catch.hpp>

#include <request/retry_after.hpp>

using namespace aisle::detail;
using namespace std::chrono;

namespace {

// 2026-01-02 03:04:05 UTC
auto const now = sys_days(year(2026) / 1 / 2) + hours(3) + minutes(4) + seconds(5);

}  // namespace

TEST_CASE("an HTTP date is parsed in each of its three forms") {
    auto const example = sys_days(year(1994) / 11 / 6) + hours(8) + minutes(49) + seconds(37);
    for (auto const* text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        CAPTURE(text);
        CHECK(read_http_date(text, now) == example);
        for (std::size_t cut = 0; cut < std::string_view(text).size(); ++cut)
            CHECK(!read_http_date(std::string_view(text).substr(0, cut), now));
        CHECK(!read_http_date(std::string(text) + "x", now));
    }
    CHECK(read_http_date("Thu Jan 15 00:00:00 2026", now) == sys_days(year(2026) / 1 / 15));
    CHECK(read_http_date("Saturday, 01-Feb-76 00:00:00 GMT", now) == sys_days(year(2076) / 2 / 1));
    CHECK(read_http_date("Tuesday, 01-Feb-77 00:00:00 GMT", now) == sys_days(year(1977) / 2 / 1));
    CHECK(read_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) == sys_days(year(2017) / 1 / 1));
}

TEST_CASE("text that is not a date is rejected") {
    for (auto const* text :
         {"", "soon", "Sun, 31 Feb 2026 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
          ", 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT"}) {
        CAPTURE(text);
        CHECK(!read_http_date(text, now));
        CHECK(!read_retry_after(text, "", now));
    }
}

TEST_CASE("Retry-After is a number of seconds or a date, and has a limit") {
    CHECK(read_retry_after("0", "", now) == 0s);
    CHECK(read_retry_after("17", "", now) == 17s);
    CHECK(read_retry_after("100000", "", now) == longest_retry_after);
    CHECK(read_retry_after("99999999999999999999999999", "", now) == longest_retry_after);
    CHECK(!read_retry_after("-1", "", now));
    CHECK(!read_retry_after("1.5", "", now));
    CHECK(!read_retry_after("1 s", "", now));

    CHECK(read_retry_after("Fri, 02 Jan 2026 03:04:35 GMT", "", now) == 30s);
    CHECK(read_retry_after("Fri, 02 Jan 2026 03:04:04 GMT", "", now) == 0s);
    CHECK(read_retry_after("Fri, 02 Jan 2036 03:04:04 GMT", "", now) == longest_retry_after);
    CHECK(read_retry_after("Fri, 02 Jan 1826 03:04:04 GMT", "", now) == 0s);
    // The server's clock, not ours.
    CHECK(read_retry_after("Fri, 02 Jan 2026 08:00:07 GMT", "Fri, 02 Jan 2026 08:00:00 GMT", now) == 7s);
}

#include "text/remedy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

using namespace aisle;
using namespace aisle::cli;

TEST_CASE("every error of the network, of HTTP and of a response has a remedy") {
    // The texts of these say it themselves, or nothing is to be done. server_error: see below.
    constexpr std::array without = {errc::invalid_argument, errc::invalid_entry,   errc::unsupported,
                                    errc::cancelled,        errc::callback_failed, errc::server_error};
    for (int value = 1; value <= static_cast<int>(errc::callback_failed); ++value) {
        auto const code = static_cast<errc>(value);
        CAPTURE(name_of(code));
        CHECK(remedy_of({code, stage::connect, "x"}).empty() == (std::ranges::count(without, code) > 0));
    }
}

TEST_CASE("the remedy for a refusal depends on the HTTP status") {
    error refused(errc::server_error, stage::response, "x");
    for (int const status : {401, 403, 404, 409, 416, 429, 500, 502, 503}) {
        refused.http_status = status;
        CAPTURE(status);
        CHECK_FALSE(remedy_of(refused).empty());
    }
    refused.http_status = 400;  // the server's message says what is wrong
    CHECK(remedy_of(refused).empty());
}

TEST_CASE("an error of the operating system has no remedy") {
    CHECK(remedy_of({boost::system::errc::make_error_code(boost::system::errc::io_error), stage::connect}).empty());
}

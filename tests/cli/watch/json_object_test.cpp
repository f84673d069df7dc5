#include "watch/page/json_object.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace aisle::cli;

TEST_CASE("objects are written member by member") {
    std::string out;
    {
        json_object o(out);
        o.count("n", std::numeric_limits<std::uint64_t>::max());
        o.number("x", 1.2500, 4);
        o.text("te\"xt", "a\nb");
        o.flag("yes", true);
        o.null("none");
        json_object inner(o.member("inner"));
    }
    CHECK(out == R"({"n":18446744073709551615,"x":1.25,"te\"xt":"a\nb","yes":true,"none":null,"inner":{}})");
}

TEST_CASE("numbers have no trailing zeros") {
    auto const text = [](double value, int decimals) {
        std::string out;
        append_number(out, value, decimals);
        return out;
    };
    CHECK(text(100, 2) == "100");
    CHECK(text(0.5, 3) == "0.5");
    CHECK(text(-0.0001, 2) == "0");
    CHECK(text(12345678.9, 0) == "12345679");
    CHECK(text(std::nan(""), 2) == "null");
    CHECK(text(std::numeric_limits<double>::infinity(), 2) == "null");
}

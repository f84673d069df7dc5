#include "text/quantity.hpp"

#include <aisle/options.hpp>

#include <catch2/catch.hpp>

using namespace aisle::cli;
using namespace std::chrono_literals;

TEST_CASE("a size is digits and an optional unit in powers of 1024") {
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("512") == 512);
    CHECK(parse_size("512B") == 512);
    CHECK(parse_size("10K") == 10240);
    CHECK(parse_size("10k") == 10240);
    CHECK(parse_size("10KiB") == 10240);
    CHECK(parse_size("3MB") == 3 * 1024 * 1024);
    CHECK(parse_size("2G") == std::uint64_t{2} << 30);
    for (auto text :
         {"", "K", "10X", "10KK", "10iB", "-1", "1.5M", " 1", "1 ", "99999999999999999999", "9999999999999G"})
        CHECK(!parse_size(text));
}

TEST_CASE("a set of objects is written with x or the multiplication sign") {
    for (auto text : {"5000x10K", "5000X10K", "5000\u00d710K"}) {
        auto const set = parse_object_set(text);
        REQUIRE(set);
        CHECK(set->count == 5000);
        CHECK(set->size_bytes == 10240);
    }
    CHECK(parse_object_set("1x0"));
    for (auto text : {"", "x", "5000", "0x10K", "5000x", "x10K", "5000*10K", "5000x10Kx", "5000\xc3x10K"})
        CHECK(!parse_object_set(text));
}

TEST_CASE("a count is a number in its range, or auto") {
    CHECK(parse_count_or_auto("auto", 1024) == aisle::automatic);
    CHECK(parse_count_or_auto("1", 1024) == 1);
    CHECK(parse_count_or_auto("1024", 1024) == 1024);
    for (auto text : {"", "0", "1025", "-1", "8x", "AUTO", "automatic"}) CHECK(!parse_count_or_auto(text, 1024));
}

TEST_CASE("numbers are formatted for display") {
    CHECK(format_count(0) == "0");
    CHECK(format_count(999) == "999");
    CHECK(format_count(1000) == "1,000");
    CHECK(format_count(12345678) == "12,345,678");
    CHECK(format_count(0, "entry", "entries") == "0 entries");
    CHECK(format_count(1, "entry", "entries") == "1 entry");
    CHECK(format_count(1001, "entry", "entries") == "1,001 entries");
    CHECK(format_bytes(0) == "0 B");
    CHECK(format_bytes(999) == "999 B");
    CHECK(format_bytes(1000) == "1.00 kB");
    CHECK(format_bytes(99'949) == "99.9 kB");
    CHECK(format_bytes(999'600) == "1.00 MB");
    CHECK(format_bytes(123.4e9) == "123 GB");
    CHECK(format_clock(0s) == "0:00");
    CHECK(format_clock(754s) == "12:34");
    CHECK(format_clock(11'109s) == "3:05:09");
    CHECK(format_span(0s) == "0 s");
    CHECK(format_span(59s) == "59 s");
    CHECK(format_span(300s) == "5 min");
    CHECK(format_span(270s) == "4 min 30 s");
    CHECK(format_span(11'109s) == "3 h 5 min");
}

TEST_CASE("times are read with their units") {
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("30") == 30s);
    CHECK(parse_duration("30s") == 30s);
    CHECK(parse_duration("10m") == 10min);
    CHECK(parse_duration("10min") == 10min);
    CHECK(parse_duration("2h") == 2h);
    CHECK(parse_duration("0") == 0s);
    CHECK(parse_duration("8760h") == 8760h);
    for (auto const* bad :
         {"", "s", "-1s", "1.5s", "1 s", "1d", "1S", "8761h", "99999999999999999999", "18446744073709551615h"})
        CHECK_FALSE(parse_duration(bad));
}

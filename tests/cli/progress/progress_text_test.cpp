#include "progress/progress_text.hpp"

#include <catch2/catch.hpp>

using namespace aisle::cli;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

progress_state half_way() {
    progress_state s;
    s.delivered = 6'400;
    s.bytes = 65'536'000;
    s.expected = 12'800;
    s.in_flight = 16;
    s.samples_per_s = 3'200;
    s.bytes_per_s = 32'768'000;
    s.elapsed = std::chrono::seconds(2);
    return s;
}

}  // namespace

TEST_CASE("the bar shows progress, rates, batches in flight and the time left") {
    auto const line = bar_line(half_way(), 120);
    CHECK(line == "[==============>             ]  6,400/12,800  3,200 samples/s  32.8 MB/s  16 in flight  ETA 0:02");
}

TEST_CASE("a run has its own words for its items") {
    auto s = half_way();
    s.words = {"objects", "stored", false};
    CHECK_THAT(bar_line(s, 120), Contains("3,200 objects/s"));
    CHECK_THAT(log_line(s), Contains("of 12,800 objects, "));
    CHECK_THAT(closing_line(s), StartsWith("6,400 stored, 0 failed: "));
}

TEST_CASE("the line is never wider than the terminal") {
    auto s = half_way();
    s.missing = 3;
    s.failed = 1;
    for (std::size_t columns = 1; columns <= 200; ++columns) CHECK(bar_line(s, columns).size() < columns + 1);
    CHECK_THAT(bar_line(s, 120), Contains("3 missing, 1 failed"));
    CHECK_THAT(bar_line(s, 30), StartsWith("6,404/12,800"));
}

TEST_CASE("without a total there is no bar and no time left") {
    auto s = half_way();
    s.expected.reset();
    CHECK(bar_line(s, 120) == "6,400  3,200 samples/s  32.8 MB/s  16 in flight");
}

TEST_CASE("a bar can be empty, full, and more than full") {
    progress_state s;
    s.expected = 0;
    CHECK_THAT(bar_line(s, 80), StartsWith("0/0"));
    s.expected = 10;
    CHECK_THAT(bar_line(s, 80), StartsWith("[>"));
    s.delivered = 10;
    CHECK_THAT(bar_line(s, 80), StartsWith("[=") && !Contains(">"));
    s.delivered = 11;
    CHECK_THAT(bar_line(s, 80), StartsWith("[="));
}

TEST_CASE("a log line has the same items in words") {
    CHECK(log_line(half_way()) ==
          "6,400 of 12,800 samples, 65.5 MB, 3,200 samples/s, 32.8 MB/s, 16 in flight, ETA 0:02");
}

TEST_CASE("the last line has totals and averages") {
    auto s = half_way();
    s.missing = 2;
    CHECK(closing_line(s) == "6,400 delivered, 2 missing, 0 failed: 65.5 MB in 2.00 s, 3,200 samples/s, 32.8 MB/s");
}

TEST_CASE("retries and hedges are shown if there were any, wrong samples whenever payloads are checked") {
    auto s = half_way();
    CHECK_THAT(log_line(s), !Contains("retries") && !Contains("hedges") && !Contains("wrong"));
    CHECK_THAT(closing_line(s), StartsWith("6,400 delivered, 0 missing, 0 failed: "));
    s.retries = 1;
    s.hedges = 1;
    CHECK_THAT(closing_line(s), StartsWith("6,400 delivered, 0 missing, 0 failed, 1 retry, 1 hedge: "));
    s.retries = 1'234;
    s.hedges = 2;
    CHECK_THAT(bar_line(s, 200), Contains("1,234 retries, 2 hedges"));
    CHECK_THAT(log_line(s), Contains("1,234 retries, 2 hedges"));
    CHECK_THAT(closing_line(s), StartsWith("6,400 delivered, 0 missing, 0 failed, 1,234 retries, 2 hedges: "));
    s.cold = 7;
    CHECK_THAT(bar_line(s, 200), Contains("2 hedges, 7 cold"));
    CHECK_THAT(log_line(s), Contains("2 hedges, 7 cold"));
    CHECK_THAT(closing_line(s), Contains("2 hedges, 7 cold: "));
    s.cold = 0;
    s.wrong = 0;
    CHECK_THAT(log_line(s), Contains("1,234 retries, 2 hedges, 0 wrong"));
    CHECK_THAT(closing_line(s), Contains("2 hedges, 0 wrong: "));
}

TEST_CASE("while nothing arrives the bar shows the reason instead of rates, truncated to the width") {
    auto s = half_way();
    s.trouble = "cannot reach grüß:9: Connection refused, 4:58 left";
    CHECK(bar_line(s, 120) == "6,400/12,800  cannot reach grüß:9: Connection refused, 4:58 left");
    CHECK(bar_line(s, 30) == "6,400/12,800  cannot reach gr");
    CHECK(bar_line(s, 31) == "6,400/12,800  cannot reach gr");  // never half a character
    CHECK(bar_line(s, 32) == "6,400/12,800  cannot reach grü");
    CHECK(bar_line(s, 1).empty());
    CHECK(bar_line(s, 0).empty());
}

#include "stress/stress_figures.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

batch_report report_of(std::uint32_t delivered, std::string format) {
    batch_report r;
    r.delivered = delivered;
    r.output_format = std::move(format);
    r.first_sample = 2ms;
    r.last_sample = 5ms;
    return r;
}

}  // namespace

TEST_CASE("batches are counted by requested format, with those in another format and those with an error") {
    stress_tally tally;
    stress_way const tar{.format = ".tar"};
    stress_way const zst{.format = ".tar.zst", .streaming = false};
    tally.add_batch(tar, report_of(10, ".tar"));
    tally.add_batch(zst, report_of(20, ".tar"));
    auto faulty = report_of(0, "");
    faulty.fault = error(errc::short_batch, stage::assemble, "it is short");
    tally.add_batch(tar, faulty);
    auto const& lines = tally.ways();
    REQUIRE(lines.size() == 2);
    auto const& streamed = lines.at({".tar", true});
    CHECK(streamed.batches == 2);
    CHECK(streamed.samples == 10);
    CHECK(streamed.other_format == 0);
    CHECK(streamed.faults == 1);
    CHECK(lines.at({".tar.zst", false}).other_format == 1);
    CHECK(tally.batches() == 3);
    CHECK(tally.first_fault()->code == errc::short_batch);
    CHECK(tally.last_sample().percentile(50) == 5ms);
}

TEST_CASE("the report has the counts, the cost, and the text of the troubles") {
    stress_tally tally;
    for (int i = 0; i < 3; ++i) tally.add_delivered(1'000'000);
    tally.add_missing();
    tally.add_trouble(stress_trouble::wrong, "a \"wrong\" one");
    tally.add_trouble(stress_trouble::lost, "many", 5);
    tally.add_batch({.format = ".zip"}, report_of(3, ".zip"));
    stress_figures f;
    f.seed = 7;
    f.bucket = "ais://b";
    f.elapsed = 2s;
    f.cpu = 30us;
    f.open_files_most = 12;
    engine_stats one;
    one.retries = 4;
    one.hedges = 3;
    one.cold = 6;
    one.trouble = error(errc::connect_failed, stage::connect, "localhost:9: Connection refused");
    one.batches_in_flight = 2;
    f.engines.add(one);
    f.engines.add(one);
    auto const json = to_json(f, tally);
    for (auto const* part :
         {R"({"delivered":3,"missing":1,"failed":0,"wrong":1,"lost":5,"retries":8,"hedges":6,)",
          R"("samples_per_s":1.5,)", R"("mb_per_s":1.500,)", R"("cpu_us_per_sample":10.000,)",
          R"("batch_ms":{"p50":5.000,"p95":5.000,"p99":5.000})", R"("open_files":{"start":0,"most":12,"end":0})",
          R"("cold":12,"refusals":0,)", R"("seed":7,"bucket":"ais://b","interrupted":false,)",
          R"("ways":[{"format":".zip","mode":"stream","batches":1,"delivered":3,"other_format":0,"faulty_batches":0}])",
          R"("troubles":[{"what":"wrong","text":"a \"wrong\" one"},{"what":"lost","text":"many"}],)"})
        CHECK_THAT(json, Contains(part));
    CHECK(f.engines.batches_in_flight == 4);
    CHECK(f.engines.trouble->code == errc::connect_failed);
    CHECK_THAT(to_table(f, tally), Contains("wrong, lost, failed     1, 5, 0\n"));
    CHECK_THAT(to_table(f, tally), Contains("cold                    12\n"));
    CHECK_THAT(to_table(f, tally), Contains("retries, hedges (won)   8, 6 (0)\n"));
}

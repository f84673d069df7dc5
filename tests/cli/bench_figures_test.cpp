#include "bench_figures.hpp"

#include "batch_picker.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace aisle::cli;
using namespace std::chrono_literals;

TEST_CASE("percentiles are of the nearest rank") {
    latency_record record;
    CHECK(record.percentile_ms(50) == 0);
    for (int i = 100; i >= 1; --i) record.add(std::chrono::milliseconds(i));
    CHECK(record.percentile_ms(50) == 50);
    CHECK(record.percentile_ms(95) == 95);
    CHECK(record.percentile_ms(99) == 99);
    CHECK(record.percentile_ms(100) == 100);
    CHECK(record.percentile_ms(0) == 1);
    latency_record one;
    one.add(7ms);
    CHECK(one.percentile_ms(1) == 7);
    CHECK(one.percentile_ms(99) == 7);
}

TEST_CASE("rates of nothing are zero, not infinite") {
    bench_figures f;
    CHECK(f.samples_per_s() == 0);
    CHECK(f.cpu_us_per_sample() == 0);
}

TEST_CASE("the JSON figures have the documented keys and values") {
    bench_figures f;
    f.batches = 2;
    f.samples = 200;
    f.bytes = 2'000'000;
    f.elapsed = 500ms;
    f.cpu = 4ms;
    f.first_sample = std::chrono::duration<double, std::milli>(3.25);
    f.batch_latency.add(10ms);
    f.batch_latency.add(20ms);
    f.peak_rss_bytes = 12'345'678;
    f.in_flight = 8;
    f.retries = 5;
    f.hedges = 2;
    f.cold = 9;
    CHECK(to_json(f) ==
          R"({"samples":200,"seconds":0.500000,"samples_per_s":400.0,"bytes":2000000,"mb_per_s":4.000,)"
          R"("cpu_us_per_sample":20.000,"first_sample_ms":3.250,)"
          R"("batch_ms":{"p50":10.000,"p95":20.000,"p99":20.000},"peak_rss_bytes":12345678,"in_flight":8,)"
          R"("batches":2,"missing":0,"failed":0,"connections":0,"reads":0,"retries":5,"hedges":2,"cold":9})"
          "\n");
}

TEST_CASE("the same seed picks the same batches, and listed order goes round") {
    std::vector<listed_object> const objects{{"a", 1}, {"b", 2}, {"c", 3}};
    batch_picker one("ais://b", objects, 100, pick_order::random, 7);
    batch_picker same("ais://b", objects, 100, pick_order::random, 7);
    auto const picked = one.next();
    CHECK(picked.entries() == same.next().entries());
    std::set<std::string> names;
    for (auto const& e : picked.entries()) names.insert(e.object);
    CHECK(names.size() == 3);

    batch_picker listed("ais://b", objects, 2, pick_order::listed, 0);
    std::string order;
    for (int i = 0; i < 3; ++i) {
        auto const b = listed.next();
        for (auto const& e : b.entries()) order += e.object;
    }
    CHECK(order == "abcabc");
}

#include "bench/bench_figures.hpp"

#include "bench/batch_picker.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace aisle::cli;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

TEST_CASE("rates without samples are zero, not infinite") {
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
    f.engine.latency.batch.add(20ms);
    f.peak_rss_bytes = 12'345'678;
    f.in_flight = 8;
    f.engine.retries = 5;
    f.engine.hedges = 2;
    f.engine.cold = 9;
    aisle::target_stats target;
    target.name = "t:1";
    target.requests = 3;
    target.bytes = 70;
    target.samples = 7;
    target.failures = 1;
    target.health = 0.5;
    target.latency.add(5ms);
    f.engine.targets = {target};
    CHECK(
        to_json(f) ==
        R"({"samples":200,"seconds":0.500000,"samples_per_s":400.0,"bytes":2000000,"mb_per_s":4.000,)"
        R"("cpu_us_per_sample":20.000,"first_sample_ms":3.250,)"
        R"("batch_ms":{"p50":20.000,"p95":20.000,"p99":20.000},"peak_rss_bytes":12345678,"in_flight":8,)"
        R"("batches":2,"missing":0,"failed":0,"connections":0,"reads":0,"retries":5,"hedges":2,"cold":9,)"
        R"("latency_ms":{"queued":{"p50":0.000,"p95":0.000,"p99":0.000},"proxy":{"p50":0.000,"p95":0.000,"p99":0.000},)"
        R"("first_byte":{"p50":0.000,"p95":0.000,"p99":0.000},"transfer":{"p50":0.000,"p95":0.000,"p99":0.000},)"
        R"("hedge_delay":{"p50":0.000,"p95":0.000,"p99":0.000}},)"
        R"("targets":[{"name":"t:1","requests":3,"bytes":70,"samples":7,"failures":1,"refusals":0,"health":0.500,)"
        R"("ms":{"p50":5.000,"p95":5.000,"p99":5.000}}],)"
        R"("bound_by":{"what":"nothing","reason":"no sample arrived in 0.0 s"}})"
        "\n");
}

TEST_CASE("the table shows each step, the targets, and what the run was bound by") {
    bench_figures f;
    f.engine.elapsed = 2s;
    f.engine.samples_delivered = 10;
    f.engine.consumer = 1500ms;
    f.engine.streams = 2s;
    f.engine.latency.first_byte.add(12ms);
    for (int i = 0; i < 10; ++i) {
        aisle::target_stats t;
        t.name = "t" + std::to_string(i) + ":8081";
        t.requests = 1;
        t.latency.add(std::chrono::milliseconds(10 + i));
        f.engine.targets.push_back(std::move(t));
    }
    auto const text = to_table(f);
    CHECK_THAT(text, Contains("to the first byte       12.0 / 12.0 / 12.0 ms\n"));
    CHECK_THAT(text, !Contains("to the redirect"));
    CHECK_THAT(text, Contains("t9:8081                 1 request, 0 samples, 19.0 / 19.0 / 19.0 ms, health 1.00\n"));
    CHECK_THAT(text, !Contains("t1:8081"));
    CHECK_THAT(text, Contains("and 2 faster targets\n"));
    CHECK_THAT(text, Contains("bound by                consumer: 75 % of the time samples were waiting to be taken\n"));
}

TEST_CASE("the table says why a target without failures has no health") {
    bench_figures f;
    aisle::target_stats t;
    t.name = "t:1";
    t.requests = 2;
    t.health = 0;
    f.engine.targets = {t};
    CHECK_THAT(to_table(f), Contains("health 0.00 (avoided: stalled, failing, slow or full)\n"));
}

TEST_CASE("the same seed picks the same batches, and the listed order wraps around") {
    std::vector<std::string> const objects{"a", "b", "c"};
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

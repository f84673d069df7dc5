#include <aisle/prometheus.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>

using namespace aisle;
using namespace std::chrono_literals;

namespace {

struct family {
    std::string type;
    std::map<std::string, std::string> series;  // name with labels: value
};

// Parses the text and checks what Prometheus requires.
std::map<std::string, family> parsed(std::string const& text) {
    std::map<std::string, family> out;
    std::set<std::string> all;
    std::string current;
    std::istringstream lines(text);
    REQUIRE(text.ends_with('\n'));
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        if (line.starts_with("# HELP ")) {
            current = line.substr(7, line.find(' ', 7) - 7);
            REQUIRE(!out.contains(current));  // each metric appears once
            continue;
        }
        if (line.starts_with("# TYPE ")) {
            REQUIRE(line.starts_with("# TYPE " + current + " "));
            out[current].type = line.substr(8 + current.size());
            continue;
        }
        auto const space = line.rfind(' ');
        auto const series = line.substr(0, space);
        auto const name = series.substr(0, series.find('{'));
        REQUIRE(name.starts_with(current));
        REQUIRE(all.insert(series).second);
        REQUIRE(out[current].series.emplace(series, line.substr(space + 1)).second);
    }
    return out;
}

engine_stats some() {
    engine_stats s;
    s.samples_delivered = 12'345'678'901'234;
    s.payload_bytes = 5;
    s.cpu = 1500ms;
    s.window = 7;
    s.held_bytes = 9;
    s.latency.proxy.add(700us);
    s.latency.proxy.add(30ms);
    s.latency.proxy.add(2h);
    target_stats t;
    t.name = "10.0.0.1:51081";
    t.requests = 3;
    t.health = 0.5;
    s.targets.push_back(t);
    return s;
}

}  // namespace

TEST_CASE("prometheus_text() renders the figures of an engine") {
    auto const all = parsed(prometheus_text(some()));
    CHECK(all.at("aisle_samples_total").type == "counter");
    CHECK(all.at("aisle_samples_total").series.at("aisle_samples_total") == "12345678901234");
    CHECK(all.at("aisle_cpu_time_seconds_total").series.at("aisle_cpu_time_seconds_total") == "1.5");
    CHECK(all.at("aisle_window").type == "gauge");
    CHECK(all.at("aisle_window").series.at("aisle_window") == "7");
    CHECK(all.at("aisle_memory_usage_bytes").series.at("aisle_memory_usage_bytes{state=\"held\"}") == "9");
    CHECK(all.at("aisle_recovering").series.at("aisle_recovering") == "0");
    CHECK(all.at("aisle_target_health").series.at("aisle_target_health{target=\"10.0.0.1:51081\"}") == "0.5");
    for (auto const& [name, metric] : all) {
        INFO(name);
        CHECK((metric.type == "counter") == name.ends_with("_total"));
        CHECK(name.starts_with("aisle_"));
    }
    auto s = some();
    s.trouble = error{errc::connect_failed, stage::connect, "refused"};
    CHECK(parsed(prometheus_text(s)).at("aisle_recovering").series.at("aisle_recovering") == "1");
}

TEST_CASE("latencies become cumulative buckets, and the last bucket counts all") {
    auto const all = parsed(prometheus_text(some()));
    auto const& proxy = all.at("aisle_request_step_duration_seconds");
    CHECK(proxy.type == "histogram");
    auto const bucket = [&](std::string const& bound) {
        return proxy.series.at("aisle_request_step_duration_seconds_bucket{step=\"proxy\",le=\"" + bound + "\"}");
    };
    CHECK(bucket("0.0005") == "0");
    CHECK(bucket("0.001") == "1");
    CHECK(bucket("0.025") == "1");
    CHECK(bucket("0.05") == "2");
    CHECK(bucket("60") == "2");
    CHECK(bucket("+Inf") == "3");
    CHECK(proxy.series.at("aisle_request_step_duration_seconds_count{step=\"proxy\"}") == "3");
    CHECK(proxy.series.at("aisle_request_step_duration_seconds_sum{step=\"proxy\"}") == "7200.0307");
    CHECK(proxy.series.at("aisle_request_step_duration_seconds_bucket{step=\"queued\",le=\"+Inf\"}") == "0");
}

TEST_CASE("several engines share each metric and differ in their labels") {
    std::vector<labelled_stats> const two{{{{"engine", "train"}}, some()}, {{{"engine", "va\"l\\\n"}}, some()}};
    auto const all = parsed(prometheus_text(two));
    auto const& samples = all.at("aisle_samples_total").series;
    CHECK(samples.size() == 2);
    CHECK(samples.contains("aisle_samples_total{engine=\"train\"}"));
    CHECK(samples.contains("aisle_samples_total{engine=\"va\\\"l\\\\\\n\"}"));
    CHECK(all.at("aisle_target_requests_total")
              .series.contains("aisle_target_requests_total{engine=\"train\",target=\"10.0.0.1:51081\"}"));
    CHECK(prometheus_text(std::span<labelled_stats const>()).empty());
}

TEST_CASE("the targets' counters can follow an engine's figures in one text") {
    cluster_stats cluster;
    target_counters t;
    t.id = "t1";
    t.name = "10.0.0.1:51081";
    t.batches = 4;
    t.throttled = 250ms;
    cluster.targets = {t};
    auto const all = parsed(prometheus_text(some()) + prometheus_text(cluster));
    std::string const labels = "{target=\"10.0.0.1:51081\",target_id=\"t1\"}";
    CHECK(all.at("aisle_cluster_batches_total").series.at("aisle_cluster_batches_total" + labels) == "4");
    CHECK(all.at("aisle_cluster_throttle_time_seconds_total")
              .series.at("aisle_cluster_throttle_time_seconds_total" + labels) == "0.25");
}

TEST_CASE("prometheus_writer writes values that are not finite as Prometheus reads them") {
    prometheus_writer out;
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    auto const infinite = std::numeric_limits<double>::infinity();
    for (auto const n : {nan, std::copysign(nan, -1.0), infinite, -infinite}) out.gauge("loss", "Loss", n);
    CHECK(out.text() == "# HELP loss Loss\n# TYPE loss gauge\nloss NaN\nloss NaN\nloss +Inf\nloss -Inf\n");
}

TEST_CASE("prometheus_writer writes a program's own metrics") {
    prometheus_writer out;
    out.gauge("epoch", "Line\nbreaks and \\ are escaped", 3);
    out.counter("steps_total", "Steps", std::uint64_t{18'446'744'073'709'551'615u}, {{"rank", "0"}});
    out.counter("steps_total", "Steps", std::uint64_t{2}, {{"rank", "1"}});
    CHECK(out.text() ==
          "# HELP epoch Line\\nbreaks and \\\\ are escaped\n# TYPE epoch gauge\nepoch 3\n"
          "# HELP steps_total Steps\n# TYPE steps_total counter\nsteps_total{rank=\"0\"} 18446744073709551615\n"
          "steps_total{rank=\"1\"} 2\n");
}

TEST_CASE("count_within() counts durations up to a limit") {
    latency_histogram h;
    CHECK(h.count_within(1h) == 0);
    h.add(0ns);
    h.add(10ms);
    h.add(20ms);
    h.add(3h);
    CHECK(h.count_within(-1ns) == 0);
    CHECK(h.count_within(0ns) == 1);
    CHECK(h.count_within(9ms) == 1);
    CHECK(h.count_within(10ms) == 2);
    CHECK(h.count_within(19ms) == 2);
    CHECK(h.count_within(21ms) == 3);
    CHECK(h.count_within(24h) == 4);
}

// Log and statistics: a log hook, the figures of an interval, percentiles, the table of targets, batch reports, and the
// verdict about what limits the rate. Usage: example_08_statistics BUCKET OBJECT...
#include <aisle/engine.hpp>
#include <aisle/verdict.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine_options options;
    options.log.level = aisle::log_level::info;
    options.log.hook = [](aisle::log_level level, std::string_view event, std::span<aisle::log_field const>) {
        std::cerr << std::string(to_string(level)) + ": " + std::string(event) + '\n';
    };
    aisle::engine engine(options);

    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);
    aisle::stream_options reports;
    reports.keep_reports = 8;

    aisle::engine_stats const before = engine.stats();
    auto stream = engine.get(batch, reports);
    while (stream.next_block()) {
    }
    if (auto const total = stream.finish(); !total) return std::cerr << total.error() << '\n', 1;

    for (aisle::batch_report const& r : stream.take_reports())
        std::cout << "batch " << r.batch << ": " << r.delivered << " delivered, " << r.retries << " retries\n";
    aisle::engine_stats const interval = engine.stats().since(before);
    auto const ms = [](std::chrono::nanoseconds d) { return std::chrono::duration<double, std::milli>(d).count(); };
    std::printf("p50 %.1f ms, p99 %.1f ms until the first sample\n", ms(interval.latency.first_sample.percentile(50)),
                ms(interval.latency.first_sample.percentile(99)));
    for (aisle::target_stats const& t : interval.targets)
        std::printf("target %s: %llu samples, health %.2f\n", t.name.c_str(),
                    static_cast<unsigned long long>(t.samples), t.health);
    aisle::verdict const verdict = judge(interval);
    std::cout << "limited by: " << to_string(verdict.by) << " (" << verdict.reason << ")\n";
    return 0;
}

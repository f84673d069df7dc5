// Metrics for Prometheus: of one engine, and of two engines with a metric of the program. Also a verdict that uses the
// targets' own counters.
// Usage: example_11_metrics BUCKET OBJECT...
#include <aisle/engine.hpp>
#include <aisle/prometheus.hpp>
#include <aisle/verdict.hpp>

#include <iostream>
#include <string>
#include <vector>

std::string metrics_page(aisle::engine const& engine) {
    return aisle::prometheus_text(engine.stats());  // Content-Type: aisle::prometheus_content_type
}

std::string metrics_page(aisle::engine const& train, aisle::engine const& validation, double epoch) {
    std::vector<aisle::labelled_stats> const engines{{{{"engine", "train"}}, train.stats()},
                                                     {{{"engine", "validation"}}, validation.stats()}};
    aisle::prometheus_writer own;
    own.gauge("training_epoch", "Current epoch", epoch);
    return aisle::prometheus_text(engines) + own.text();
}

std::string verdict_text(aisle::engine const& engine, aisle::engine_stats const& stats_before,
                         aisle::cluster_stats const& cluster_before) {
    auto const interval = engine.stats().since(stats_before);
    auto const cluster = aisle::fetch_cluster_stats(engine);
    if (!cluster) return judge(interval).reason;  // such as a token that does not permit it
    return judge(interval, cluster->since(cluster_before)).reason;
}

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine const validation;
    aisle::engine train;
    auto const stats_before = train.stats();
    auto const cluster_before = aisle::fetch_cluster_stats(train);
    if (!cluster_before) return std::cerr << cluster_before.error() << '\n', 1;

    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);
    auto stream = train.get(batch);
    while (stream.next_block()) {
    }
    if (auto const total = stream.finish(); !total) return std::cerr << total.error() << '\n', 1;

    std::cout << metrics_page(train) << metrics_page(train, validation, 3);
    std::cerr << verdict_text(train, stats_before, *cluster_before) << '\n';
    return 0;
}

#include "watch/run_metrics.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;
using Catch::Matchers::Contains;

TEST_CASE("counters of the targets are shown only while polls succeed") {
    cluster_poll::view polled;
    CHECK_THAT(cluster_metrics_text(polled), Contains("\naisle_cluster_up 0\n"));

    target_counters t;
    t.id = "t1";
    t.name = "10.0.0.1:51081";
    t.batches = 7;
    polled.newest = cluster_stats{{}, {}, {t}};
    CHECK_THAT(cluster_metrics_text(polled), Contains("\naisle_cluster_up 1\n"));
    CHECK_THAT(cluster_metrics_text(polled), Contains("aisle_cluster_batches_total{"));

    polled.why = "no response in time";
    CHECK_THAT(cluster_metrics_text(polled), Contains("\naisle_cluster_up 0\n"));
    CHECK_THAT(cluster_metrics_text(polled), !Contains("aisle_cluster_batches_total"));
}

#include "text/cluster_text.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

cluster_report two_targets() {
    target_counters a;
    a.id = "t1";
    a.name = "10.0.0.1:51081";
    a.batches = 1000;
    a.objects = 128'000;
    a.object_bytes = 1'280'000'000;
    auto b = a;
    b.id = "t2";
    b.name = "10.0.0.2:51081";
    b.peer_wait = 2s;
    b.hard_errors = 3;
    cluster_report out;
    out.asked = true;
    out.interval = cluster_stats{{}, 10s, {a, b}};
    return out;
}

}  // namespace

TEST_CASE("the table has the sum of all targets, and the targets with trouble") {
    std::string table;
    append_cluster(table, two_targets());
    CHECK_THAT(table, Contains("targets, all clients    2,000 batches, 256,000 objects, 0 members of shards, "));
    CHECK_THAT(table, Contains("waited for peers 1.0 ms, throttled 0.0 ms a batch; errors: 0 soft, 3 hard"));
    CHECK_THAT(table, Contains("10.0.0.2:51081        waited for peers 2.0 ms"));
    CHECK_THAT(table, !Contains("10.0.0.1"));
}

TEST_CASE("the table says when the last poll failed") {
    auto report = two_targets();
    report.why = "no response in time";
    std::string table;
    append_cluster(table, report);
    CHECK_THAT(table, Contains("2,000 batches") && Contains("  without the end of the run: no response in time\n"));
    CHECK_THAT(cluster_json(report), Contains(R"("known":true,"why":"no response in time")"));
}

TEST_CASE("JSON has the sum and each target") {
    auto const json = cluster_json(two_targets());
    CHECK_THAT(json, Contains(R"(,"cluster":{"known":true,"seconds":10.000,"batches":2000,)"));
    CHECK_THAT(json, Contains(R"("targets":[{"id":"t1","name":"10.0.0.1:51081","batches":1000,)"));
    CHECK_THAT(json, Contains(R"("hard_errors":3,"recoveries":0,"failed_recoveries":0,"peer_wait_ms":2000.000)"));
}

TEST_CASE("counters that are not available are reported, unless they were not requested") {
    cluster_report report;
    std::string table;
    append_cluster(table, report);
    CHECK((table + cluster_json(report)).empty());
    report.asked = true;
    report.why = "the token does not allow this";
    append_cluster(table, report);
    CHECK(table == "  targets, all clients    not available: the token does not allow this\n");
    CHECK(cluster_json(report) == R"(,"cluster":{"known":false,"why":"the token does not allow this"})");
}

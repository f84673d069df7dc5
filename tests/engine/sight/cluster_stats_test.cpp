#include "../cluster_fixture.hpp"

#include <aisle/cluster_stats.hpp>
#include <aisle/verdict.hpp>

#include <catch2/catch.hpp>

#include <support/soon.hpp>

using namespace aisle;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

target_counters counters(std::string id, std::uint64_t batches, std::chrono::nanoseconds wait = {}) {
    target_counters t;
    t.id = std::move(id);
    t.batches = batches;
    t.peer_wait = wait;
    return t;
}

}  // namespace

TEST_CASE("since() gives what each target counted in the interval") {
    auto const now = std::chrono::steady_clock::now();
    cluster_stats const before{now, {}, {counters("a", 10, 5ms), counters("b", 100)}};
    cluster_stats const after{now + 2s, {}, {counters("a", 14, 9ms), counters("b", 3, 1ms), counters("c", 8)}};
    auto const interval = after.since(before);
    CHECK(interval.elapsed == 2s);
    REQUIRE(interval.targets.size() == 3);
    CHECK(interval.targets[0].batches == 4);
    CHECK(interval.targets[0].peer_wait == 4ms);
    CHECK(interval.targets[1].batches == 3);  // restarted: counts from 0
    CHECK(interval.targets[1].peer_wait == 1ms);
    CHECK(interval.targets[2].batches == 8);  // joined later
    CHECK(interval.sum().batches == 15);
    CHECK(interval.sum().id.empty());
}

TEST_CASE("fetch_cluster_stats() reads the counters of all targets") {
    test::cluster home(100, 1000, {.targets = 3});
    engine through(home.for_engine());
    auto const before = fetch_cluster_stats(through);
    REQUIRE(before.has_value());
    REQUIRE(before->targets.size() == 3);
    CHECK(before->sum().batches == 0);

    auto wanted = test::made_up(0, 20);
    wanted.add("nowhere");
    std::size_t delivered = 0;
    REQUIRE(through
                .stream(batch_source(wanted), test::once_each(),
                        [&](sample const& s) { delivered += s.delivered() ? 1 : 0; })
                .has_value());
    CHECK(delivered == 20);

    auto const after = fetch_cluster_stats(through);
    REQUIRE(after.has_value());
    auto const came = after->since(*before).sum();
    CHECK(came.batches == 1);
    CHECK(came.objects == 20);
    CHECK(came.object_bytes == 20'000);
    CHECK(came.members == 0);
    CHECK(came.soft_errors == 1);
    CHECK(came.hard_errors == 0);
    std::vector<std::string> names;
    for (auto const& t : after->targets) names.push_back(t.name);
    for (auto const& t : through.stats().targets) CHECK(std::ranges::find(names, t.name) != names.end());
}

TEST_CASE("peer waits, recoveries and refusals of the targets are counted") {
    playground::server_options served{.targets = 2, .max_wait = 20ms};
    served.owner = [](auto, auto) { return 1u; };
    test::cluster home(10, 100, std::move(served));
    home.spoil("sick-target@0,refuse-429x2");
    engine through(home.for_engine());
    for (int i = 0; i < 8; ++i)
        REQUIRE(through.stream(batch_source(test::made_up(0, 1)), {}, [](sample const&) {}).has_value());
    auto const counted = fetch_cluster_stats(through);
    REQUIRE(counted.has_value());
    CHECK(counted->sum().hard_errors == 2);
    CHECK(counted->sum().recoveries > 0);
    CHECK(counted->sum().peer_wait >= counted->sum().recoveries * 20ms);
}

TEST_CASE("fetch_cluster_stats() reports why it fails") {
    test::cluster home(10, 100, {.token = "secret"});
    auto how = home.for_engine();
    how.credentials.token = "another";
    engine unwelcome(how);
    CHECK(fetch_cluster_stats(unwelcome).error().http_status == 401);

    how.endpoint = "http://127.0.0.1:1";
    engine nowhere(how);
    CHECK(fetch_cluster_stats(nowhere).error().code == errc::connect_failed);

    home.spoil("hang-proxy@0");
    how = home.for_engine();
    how.proxy_timeout = 100ms;
    engine patient(how);
    // If the machine itself stalls for so long, the proxy may seem not to accept the connection.
    CHECK(test::soon([&] { return fetch_cluster_stats(patient).error().code == errc::first_byte_timeout; }));
    how.proxy_timeout = 60s;
    engine stopped(how);
    std::stop_source stop;
    std::jthread const later([&stop] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
    });
    CHECK(fetch_cluster_stats(stopped, stop.get_token()).error().code == errc::cancelled);
}

TEST_CASE("fetch_cluster_stats() must not be called on an engine thread") {
    test::cluster home(10, 100);
    engine through(home.for_engine());
    std::promise<error> told;
    std::promise<void> done;
    through.start(
        batch_source(test::made_up(0, 1)), {},
        [&](sample const&) { told.set_value(fetch_cluster_stats(through).error()); },
        [&](auto const&) { done.set_value(); });
    CHECK(told.get_future().get().code == errc::invalid_argument);
    done.get_future().get();
}

TEST_CASE("when the server is the bound, the verdict says what delayed the targets") {
    engine_stats s;
    s.elapsed = 2s;
    s.threads = 1;
    s.samples_delivered = 1'000;
    s.busy = s.streams = 2s;
    for (int i = 0; i < 100; ++i) {
        s.latency.proxy.add(1ms);
        s.latency.first_byte.add(14ms);
        s.latency.transfer.add(5ms);
    }
    auto const alone = judge(s);
    REQUIRE(alone.by == bound::server);
    CHECK(alone.targets.empty());
    CHECK(judge(s, cluster_stats{}).reason == alone.reason);

    cluster_stats cluster;
    cluster.targets = {counters("a", 60), counters("b", 40)};
    CHECK(judge(s, cluster).reason == alone.reason + "; the targets report no waits, no throttling and no errors");

    cluster.targets[0].peer_wait = 300ms;
    cluster.targets[1].throttled = 150ms;
    cluster.targets[1].hard_errors = 1;
    cluster.targets[0].soft_errors = 12;
    auto const v = judge(s, cluster);
    CHECK(v.by == bound::server);
    CHECK(v.reason == alone.reason + "; " + v.targets);
    CHECK(v.reason == alone.reason +
                          "; the targets report, for all clients: 3.0 ms a batch waiting for each other, 1.5 ms a "
                          "batch throttled under memory or disk load, 1 failed or refused request, 12 "
                          "missing or recovered entries");
    s.consumer = 1900ms;  // then the targets do not matter
    CHECK(judge(s, cluster).by == bound::consumer);
    CHECK(judge(s, cluster).reason == judge(s).reason);
    CHECK(judge(s, cluster).targets.empty());

    s = {};
    s.elapsed = 1s;
    cluster.targets = {counters("a", 0)};
    cluster.targets[0].hard_errors = 5;
    CHECK_THAT(judge(s, cluster).reason, Contains("no sample arrived in 1.0 s; the targets report"));
}

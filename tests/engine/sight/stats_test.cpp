// An engine's statistics after known work.
#include "../cluster_fixture.hpp"

#include <aisle/verdict.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cluster/target_book.hpp>
#include <future>
#include <numeric>
#include <sight/engine_log.hpp>
#include <sight/shard_sight.hpp>
#include <sight/target_table.hpp>
#include <string>
#include <support/soon.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

summary fetch(engine& e, std::uint64_t batches, std::uint64_t entries, stream_options how = once_each()) {
    how.in_flight = 4;
    auto total = e.stream(made_up_batches(batches, entries), how, [](sample const&) {});
    REQUIRE(total.has_value());
    return *std::move(total);
}

template <class Count>
std::uint64_t over_targets(engine_stats const& s, Count count) {
    return std::accumulate(s.targets.begin(), s.targets.end(), std::uint64_t{0},
                           [&](std::uint64_t sum, target_stats const& t) { return sum + t.*count; });
}

}  // namespace

TEST_CASE("every step of every request and batch is in its histogram, and every sample is counted at a target") {
    cluster c(4'000, 1'000);
    engine e(c.for_engine());
    CHECK(e.stats().latency.batch.empty());
    CHECK(e.stats().threads == 0);
    CHECK(fetch(e, 20, 50).delivered == 1'000);
    auto const s = e.stats();
    CHECK(s.latency.queued.count() == 20);
    CHECK(s.latency.proxy.count() == 20 + s.redirects_dropped);  // to a target that the machine has slowed down
    CHECK(s.latency.first_byte.count() == 20);
    CHECK(s.latency.transfer.count() == 20);
    CHECK(s.latency.first_sample.count() == 20);
    CHECK(s.latency.batch.count() == 20);
    CHECK(s.latency.first_sample.percentile(50) <= s.latency.batch.max());
    CHECK(s.latency.batch.max() <= s.elapsed);
    CHECK(s.latency.hedge_delay.count() == s.hedges);
    REQUIRE(!s.targets.empty());
    CHECK(std::ranges::is_sorted(s.targets, {}, &target_stats::name));
    CHECK(over_targets(s, &target_stats::requests) == 20);
    CHECK(over_targets(s, &target_stats::samples) == 1'000);
    CHECK(over_targets(s, &target_stats::bytes) == 1'000'000);
    CHECK(over_targets(s, &target_stats::failures) == 0);
    for (auto const& t : s.targets) {
        CHECK(t.name.starts_with("127.0.0."));
        CHECK(t.health > 0);
        CHECK(t.latency.count() == t.requests);
    }
    CHECK(s.threads >= 1);
    CHECK(s.cpu > 0s);
    CHECK(s.cpu < s.elapsed * (s.threads + 1));
    CHECK(s.busy > 0s);
    CHECK(s.busy <= s.elapsed * s.threads);
    CHECK(s.streams > 0s);
    CHECK(s.streams <= s.elapsed);
    CHECK(s.consumer <= s.streams);
    CHECK(s.round_trip > 0s);
    CHECK(s.link_bytes_per_s == 0);  // it is on this machine
    CHECK(judge(s).by != bound::nothing);
}

TEST_CASE("a difference has the figures of the interval, including targets and histograms") {
    cluster c(4'000, 1'000);
    engine e(c.for_engine());
    CHECK(fetch(e, 6, 20).delivered == 120);
    auto const before = e.stats();
    CHECK(fetch(e, 10, 30).delivered == 300);
    auto const s = e.stats().since(before);
    CHECK(s.samples_delivered == 300);
    CHECK(s.payload_bytes == 300'000);
    CHECK(s.requests == 10);
    CHECK(s.latency.batch.count() == 10);
    CHECK(s.latency.proxy.count() == 10 + s.redirects_dropped);
    CHECK(over_targets(s, &target_stats::requests) == 10);
    CHECK(over_targets(s, &target_stats::samples) == 300);
    CHECK(s.elapsed > 0s);
    CHECK(s.elapsed < before.elapsed + s.elapsed);
    CHECK(s.threads == before.threads);
    auto const nothing = before.since(before);
    CHECK(nothing.samples_delivered == 0);
    CHECK(nothing.latency.batch.empty());
    CHECK(judge(nothing).by == bound::nothing);
}

TEST_CASE("a fault is counted at its target, and a proxy's refusal at none") {
    playground::server_options options;
    options.targets = 1;
    cluster c(1'000, 1'000, options);
    c.spoil("short@3x1,refuse-429x2");
    engine e(c.for_engine());
    // Without retries two of four requests are refused, and one of the others gets an answer without its last samples.
    CHECK(fetch(e, 4, 20).delivered == 23);
    auto const s = e.stats();
    CHECK(s.refusals == 2);
    REQUIRE(s.targets.size() == 1);
    CHECK(s.targets.front().samples == 23);
    CHECK(s.targets.front().failures == 1);
    CHECK(s.targets.front().refusals == 0);
}

TEST_CASE("a target that is well again at its last request is shown so") {
    playground::server_options options;
    options.targets = 1;
    cluster c(1'000, 1'000, options);
    // If the machine stalls for a second, the engine gives up a response before its fault: then once more.
    bool const is_well = soon([&] {
        c.spoil("abrupt@5000x2");  // sick after the second in a row, which the third request ends
        engine e(c.for_engine());
        CHECK(fetch(e, 1, 20, {}).delivered == 20);
        auto const s = e.stats();
        REQUIRE(s.targets.size() == 1);
        return s.targets.front().failures == 2 && s.targets.front().health == 1;
    });
    CHECK(is_well);
}

TEST_CASE("a request that was cancelled, or aborted for want of this process's memory or files, is no failure") {
    using boost::system::errc::make_error_code;
    error const memory{make_error_code(boost::system::errc::not_enough_memory), stage::response};
    error const files{make_error_code(boost::system::errc::too_many_files_open), stage::connect};
    error const cut{errc::truncated_body, stage::response};
    detail::engine_log silent{log_options{}};
    detail::shard_sight sight(silent);
    detail::watched_request request;
    request.target = "t:1";
    for (error const* const end : {static_cast<error const*>(nullptr), &memory, &files, &cut})
        sight.ended(0, request, end);
    std::vector<target_stats> seen;
    sight.targets.add_to(seen);
    REQUIRE(seen.size() == 1);
    CHECK(seen.front().requests == 4);
    CHECK(seen.front().failures == 1);
}

TEST_CASE("figures of several engines are added") {
    engine_stats a;
    a.elapsed = 2s;
    a.retries = 4;
    a.batches_in_flight = 2;
    a.consumer = 1s;
    a.latency.batch.add(5ms);
    a.targets = {{.name = "b", .requests = 2, .health = 0.5}};
    engine_stats b;
    b.elapsed = 1s;
    b.retries = 1;
    b.batches_in_flight = 3;
    b.latency.batch.add(7ms);
    b.targets = {{.name = "a", .requests = 1}, {.name = "b", .requests = 3}};
    b.trouble = error(errc::connect_failed, stage::connect, "no");
    a.add(b);
    CHECK(a.elapsed == 2s);
    CHECK(a.retries == 5);
    CHECK(a.batches_in_flight == 5);
    CHECK(a.consumer == 1s);
    CHECK(a.latency.batch.count() == 2);
    REQUIRE(a.targets.size() == 2);
    CHECK(a.targets[0].name == "a");
    CHECK(a.targets[1].requests == 5);
    CHECK(a.targets[1].health == 0.5);
    CHECK(a.trouble->code == errc::connect_failed);
}

TEST_CASE("waiting samples count as the consumer's time, whether pulled or pushed") {
    cluster c(4'000, 1'000);
    engine e(c.for_engine());
    auto const is_counted = [&e] { return soon([&] { return e.stats().consumer >= 20ms; }); };
    SECTION("pulling") {
        auto stream = e.open(endless_batches(40), {.in_flight = 2});
        REQUIRE(stream.next());
        CHECK(is_counted());
    }
    SECTION("pushed to") {
        bool counted = false;
        std::promise<void> done;
        e.start(
            made_up_batches(8, 40), {.in_flight = 2},
            [&](sample const& s) {
                if (s.batch() == 0 && s.index() == 0) counted = is_counted();
            },
            [&](result<summary> const&) { done.set_value(); });
        done.get_future().wait();
        CHECK(counted);
    }
    auto const s = e.stats();
    CHECK(s.consumer >= 20ms);
    CHECK(s.consumer <= s.streams);
}

TEST_CASE("target names from outside do not fill the table") {
    detail::target_table table;
    for (std::size_t i = 0; i < detail::target_table::most_targets + 10; ++i)
        table.note("t" + std::to_string(i), {.samples = 1});
    std::vector<target_stats> seen;
    table.add_to(seen);
    CHECK(seen.size() == detail::target_table::most_targets + 1);
    auto const rest = std::ranges::find(seen, detail::target_table::others, &target_stats::name);
    REQUIRE(rest != seen.end());
    CHECK(rest->requests == 10);
}

TEST_CASE("a target's health compares its usual time with the others'") {
    using detail::target_book;
    auto const now = target_book::time_point{} + 1h;
    target_book book;
    CHECK(book.health("a", now) == 1);
    for (int i = 0; i < 10; ++i) {
        book.succeeded("a", 10, 20ms, 1ms, now);
        book.succeeded("b", 10, 20ms, 1ms, now);
        book.succeeded("c", 10, 40ms, 1ms, now);
    }
    CHECK(book.health("a", now) == 1);
    CHECK(book.health("c", now) == 0.5);
    std::vector<std::string> told;
    book.on_health = [&](std::string_view name, bool sick, std::chrono::milliseconds) {
        told.push_back(std::string(name) + (sick ? " sick" : " well"));
    };
    book.failed("b", now);
    book.failed("b", now);
    CHECK(book.health("b", now) == 0);
    book.succeeded("b", 10, 20ms, 1ms, now + 1min);
    CHECK(book.health("b", now + 1min) > 0.9);
    CHECK(told == std::vector<std::string>{"b sick", "b well"});
    book.was_full("a", now);
    CHECK(book.health("a", now) == 0);
}

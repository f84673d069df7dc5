#include <aisle/stats.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <sight/consumer_clock.hpp>
#include <sight/latency_recorder.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr double bin_width = 1.037;  // as documented in the header

std::vector<nanoseconds> random_times(unsigned seed, std::size_t count) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> around(std::log(2e7), 2);  // 20 ms, over many decades
    std::vector<nanoseconds> out;
    for (std::size_t i = 0; i < count; ++i) out.emplace_back(static_cast<std::int64_t>(around(random)));
    return out;
}

latency_histogram of(std::vector<nanoseconds> const& times) {
    latency_histogram h;
    for (auto const t : times) h.add(t);
    return h;
}

nanoseconds exact(std::vector<nanoseconds> times, double percent) {
    std::ranges::sort(times);
    auto const rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(times.size())));
    return times[std::max<std::size_t>(rank, 1) - 1];
}

void check_percentiles(latency_histogram const& h, std::vector<nanoseconds> const& times) {
    for (double const percent : {0.0, 1.0, 50.0, 95.0, 99.0, 99.9, 100.0}) {
        INFO("percent " << percent);
        auto const right = exact(times, percent);
        CHECK(h.percentile(percent) >= right);
        CHECK(static_cast<double>(h.percentile(percent).count()) <= bin_width * static_cast<double>(right.count()) + 1);
    }
}

}  // namespace

TEST_CASE("an empty histogram returns 0") {
    latency_histogram const h;
    CHECK(h.empty());
    CHECK(h.percentile(50) == 0ns);
    CHECK(h.mean() == 0ns);
    CHECK(h.max() == 0ns);
    CHECK(h.since({}).empty());
}

TEST_CASE("percentiles are of the nearest rank, or up to one bin more; count, sum and maximum are exact") {
    auto const times = random_times(1, 5'000);
    auto const h = of(times);
    CHECK(h.count() == times.size());
    nanoseconds sum{0};
    for (auto const t : times) sum += t;
    CHECK(h.sum() == sum);
    CHECK(h.max() == *std::ranges::max_element(times));
    check_percentiles(h, times);
    auto const one = of({7ms});
    CHECK(one.percentile(1) == 7ms);
    CHECK(one.percentile(99) == 7ms);
}

TEST_CASE("values outside the bins are counted too") {
    auto const h = of({-5ns, 0ns, 300ns, 24h});
    CHECK(h.count() == 4);
    CHECK(h.percentile(75) <= 1us);
    CHECK(h.percentile(100) == 24h);
    CHECK(h.sum() == 24h + 300ns);
}

TEST_CASE("a difference is the histogram of the interval") {
    auto const first = random_times(2, 3'000);
    auto const second = random_times(3, 2'000);
    auto both = first;
    both.insert(both.end(), second.begin(), second.end());
    auto const between = of(both).since(of(first));
    CHECK(between.count() == second.size());
    CHECK(between.sum() == of(second).sum());
    check_percentiles(between, second);
    CHECK(between.max() >= of(second).max());
    CHECK(between.max() <= of(both).max());
    CHECK(of(both).since(of(both)).empty());
    CHECK(of({1ms, 2s}).since(of({1ms})).max() == 2s);
    auto const smaller = of({2s, 1ms}).since(of({2s})).max();
    CHECK(smaller >= 1ms);
    CHECK(smaller < 1038us);
}

TEST_CASE("a sum is the histogram of both") {
    auto const first = random_times(4, 1'000);
    auto const second = random_times(5, 1'500);
    auto both = first;
    both.insert(both.end(), second.begin(), second.end());
    auto sum = of(first);
    sum.add(of(second));
    CHECK(sum.count() == both.size());
    CHECK(sum.max() == of(both).max());
    check_percentiles(sum, both);
}

TEST_CASE("a recorder can be read while its thread adds") {
    detail::latency_recorder recorder;
    constexpr std::uint64_t count = 200'000;
    std::thread adds([&] {
        for (std::uint64_t i = 0; i < count; ++i) recorder.add(nanoseconds(1'000 * (i % 1'000)));
    });
    std::uint64_t before = 0;
    while (before < count) {
        auto const seen = recorder.snapshot().count();
        REQUIRE(seen >= before);
        before = seen;
    }
    adds.join();
    latency_histogram same;
    for (std::uint64_t i = 0; i < count; ++i) same.add(nanoseconds(1'000 * (i % 1'000)));
    auto const h = recorder.snapshot();
    CHECK(h.sum() == same.sum());
    CHECK(h.max() == same.max());
    CHECK(h.percentile(50) == same.percentile(50));
    CHECK(h.percentile(99) == same.percentile(99));
}

TEST_CASE("the consumer's time counts while samples are ready, and stops with the stream") {
    auto const at = [](std::chrono::milliseconds t) { return detail::consumer_clock::time_point{} + 1h + t; };
    detail::consumer_clock c(at(0ms));
    CHECK(c.waited(at(5ms)) == 0ms);
    c.ready(at(10ms));
    c.ready(at(12ms));  // more of them
    CHECK(c.waited(at(15ms)) == 5ms);
    c.taken(at(20ms));
    c.taken(at(25ms));
    CHECK(c.waited(at(30ms)) == 10ms);
    c.ready(at(40ms));
    c.close(at(50ms));
    CHECK(c.waited(at(90ms)) == 20ms);
    CHECK(c.open(at(90ms)) == 50ms);
}

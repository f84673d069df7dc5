// Automatic batch size with modelled servers, in virtual time.
#include <catch2/catch.hpp>

#include <deque>
#include <random>
#include <tuning/batch_size_tuner.hpp>

using namespace aisle::detail;

namespace {

using namespace std::chrono_literals;

/// A server with a cost per request, in samples.
struct priced_server {
    double rate = 15'000;  // samples/s at zero cost
    double price = 16;     // samples
    double noise = 0.1;
    double first = 0.01;           // seconds to a batch's first sample, and as long again per 10,000 samples in flight
    std::uint64_t bytes = 10'000;  // per sample

    double at(unsigned size) const { return rate * size / (price + size); }
};

struct outcome {
    unsigned size = 0;
    double samples = 0;
    unsigned smallest = UINT_MAX;
    unsigned largest = 0;
};

/// With this many batches in flight; supply: maximum entries per batch.
outcome run(priced_server const& server, double seconds, unsigned seed = 1, unsigned supply = UINT_MAX,
            unsigned fixed = 0) {
    constexpr unsigned in_flight = 16;
    batch_size_tuner tuner(fixed);
    std::deque<unsigned> under_way;
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    outcome out;
    double now = 0;
    double queued = 0;
    while (now < seconds) {
        while (under_way.size() < in_flight) {
            under_way.push_back(std::min(tuner.size(), supply));
            queued += under_way.back();
        }
        auto const samples = under_way.front();
        under_way.pop_front();
        now += std::exp(server.noise * normal(random)) * (samples + server.price) / server.rate;
        auto const first = server.first * (1 + queued / 10'000);
        auto const whole = queued / server.at(samples);
        queued -= samples;
        auto const as_time = [](double s) { return std::chrono::nanoseconds(static_cast<std::int64_t>(s * 1e9)); };
        tuner.answered(samples, samples * server.bytes, as_time(first), as_time(whole),
                       batch_size_tuner::clock::time_point{} + as_time(now));
        out.smallest = std::min(out.smallest, tuner.size());
        out.largest = std::max(out.largest, tuner.size());
        out.samples += samples;
    }
    out.size = tuner.size();
    return out;
}

}  // namespace

TEST_CASE("automatic batch size achieves nearly the rate of the best size") {
    for (double const price : {0.0, 4.0, 16.0, 64.0}) {
        priced_server server;
        server.price = price;
        for (unsigned seed = 1; seed <= 3; ++seed) {
            auto const seen = run(server, 60, seed);
            INFO("price " << price << ", seed " << seed << ", size " << seen.size);
            CHECK(seen.samples >= 0.94 * server.at(batch_size_tuner::most_size) * 60);
            CHECK(seen.smallest >= batch_size_tuner::least_size);
            CHECK(seen.largest <= batch_size_tuner::most_size);
        }
    }
}

TEST_CASE("batches do not grow without gain") {
    priced_server server;
    server.price = 0.1;
    CHECK(run(server, 60).size <= 2 * batch_size_tuner::first_size);
}

TEST_CASE("batches of large samples are small, so that one is requested at once") {
    for (std::uint64_t const bytes : {1u << 20, 16u << 20, 300u << 20}) {
        priced_server server;
        server.bytes = bytes;
        server.rate = 500;
        server.price = 64;
        auto const seen = run(server, 30);
        CHECK(seen.size >= batch_size_tuner::least_size);
        CHECK(seen.size <= std::max<std::uint64_t>(batch_size_tuner::least_size, (32u << 20) / bytes));
    }
}

TEST_CASE("batches do not grow if that makes the first sample late for a small gain") {
    priced_server server;
    server.price = 16;
    server.first = 0.2;
    CHECK(run(server, 60).largest <= 512);
}

TEST_CASE("batches cut short for lack of entries are ignored") {
    priced_server server;
    auto const seen = run(server, 20, 1, 10);
    CHECK(seen.smallest == batch_size_tuner::first_size);
    CHECK(seen.largest == batch_size_tuner::first_size);
}

TEST_CASE("a fixed batch size is not changed") {
    auto const seen = run({}, 20, 1, UINT_MAX, 77);
    CHECK(seen.smallest == 77);
    CHECK(seen.largest == 77);
}

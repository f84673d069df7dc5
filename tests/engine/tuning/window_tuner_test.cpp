// Automatic window with modelled servers, in virtual time.
#include "../../support/depth_model.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <numeric>
#include <string>
#include <tuning/window_tuner.hpp>

using namespace aisle::detail;
using namespace aisle::test;

namespace {

window_tuner::clock::time_point at(double seconds) {
    return window_tuner::clock::time_point{} +
           std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
}

struct outcome {
    std::vector<double> samples;  // of each second
    double mean_window = 0;       // of the last second
    double reached = -1;          // when the window first reached the knee
    unsigned widest = 0;

    double from(std::size_t second) const {
        return std::accumulate(samples.begin() + static_cast<std::ptrdiff_t>(second), samples.end(), 0.0);
    }
};

outcome tuned(depth_server const& server, double seconds, unsigned seed, unsigned most = 0) {
    window_tuner tuner(0, most);
    outcome out;
    depth_client client;
    client.window = [&] { return tuner.window(); };
    client.started = [&](std::uint64_t entries, double now) { tuner.started(entries, at(now)); };
    client.arrived = [&](std::uint64_t samples, double now) { tuner.arrived(samples, at(now)); };
    client.answered = [&](double now) { tuner.answered(at(now)); };
    client.tick = [&](double now) {
        out.widest = std::max(out.widest, tuner.window());
        if (out.reached < 0 && tuner.window() >= server.knee) out.reached = now;
        if (now >= seconds - 1) out.mean_window += tuner.window() / 1000.0;
    };
    out.samples = run_depth(server, client, seconds, seed);
    return out;
}

double best_from(depth_server const& server, double seconds, std::size_t second, unsigned seed) {
    return best_depth(server, seconds, seconds - static_cast<double>(second), seed);
}

}  // namespace

TEST_CASE("automatic window finds the knee within 2 s and holds it") {
    for (double const delay : {0.0, 0.01, 0.05})
        for (double const knee : {4.0, 16.0, 32.0, 64.0, 200.0})
            for (double const drift : {0.0, 0.05}) {
                depth_server server;
                server.knee = knee;
                server.delay = delay;
                server.noise = drift > 0 ? 0.3 : 0.1;
                server.drift = drift;
                auto const seen = tuned(server, 8, 1);
                INFO("knee " << knee << ", delay " << delay << ", drift " << drift);
                CHECK(seen.reached >= 0);
                CHECK(seen.reached <= 2);
                // 256 in flight are not far above a knee of 200, where each probe is a gap or a burst.
                CHECK(seen.from(2) / best_from(server, 8, 2, 1) >= (knee == 200 ? 0.95 : 0.97));
            }
}

TEST_CASE("a run of 2 s already gets most of the best window's rate") {
    for (double const knee : {4.0, 16.0, 32.0, 64.0}) {
        depth_server server;
        server.knee = knee;
        server.noise = 0.3;
        server.drift = 0.05;
        double got = 0;
        for (unsigned seed = 1; seed <= 4; ++seed)
            got += tuned(server, 2, seed).from(0) / best_from(server, 2, 0, seed) / 4;
        INFO("knee " << knee);
        CHECK(got >= 0.95);
    }
}

TEST_CASE("automatic window does not widen further without gain") {
    depth_server server;
    server.knee = 4;
    server.noise = 0.1;
    auto const seen = tuned(server, 20, 1);
    CHECK(seen.mean_window <= 32);
}

TEST_CASE("automatic window copes with a server that slowly degrades") {
    // As one measured cluster: 0.71 of the rate of 32 in flight at 8.
    depth_server server;
    server.knee = 2.24;
    server.softness = 5;
    server.noise = 0.1;
    for (unsigned seed = 1; seed <= 3; ++seed)
        CHECK(tuned(server, 10, seed).from(2) >= 0.95 * best_from(server, 10, 2, seed));
}

TEST_CASE("automatic window stays below what a server refuses, and near its limits") {
    for (double const knee : {16.0, 32.0, 64.0}) {
        depth_server server;
        server.knee = knee;
        server.noise = 0.3;
        server.refuses_at = 40;
        INFO("knee " << knee);
        CHECK(tuned(server, 12, 1).from(2) >= 0.95 * best_from(server, 12, 2, 1));
        server.refuses_at = 0;
        server.hesitates_at = 96;
        CHECK(tuned(server, 12, 1).from(2) >= 0.96 * best_from(server, 12, 2, 1));
    }
}

TEST_CASE("automatic window keeps its share when another client comes and goes") {
    depth_server server;
    server.noise = 0.3;
    server.drift = 0.03;
    server.share = [](double now) { return std::fmod(now, 6) > 3 ? 0.4 : 1.0; };
    for (double const knee : {16.0, 32.0, 64.0}) {
        server.knee = knee;
        INFO("knee " << knee);
        CHECK(tuned(server, 18, 1).from(2) >= 0.96 * best_from(server, 18, 2, 1));
    }
}

TEST_CASE("automatic window widens again when a slow server becomes fast") {
    depth_server server;
    server.knee = 64;
    server.noise = 0.2;
    server.share = [](double now) { return now < 6 ? 0.1 : 1.0; };
    auto const seen = tuned(server, 12, 1);
    auto const best = best_from(server, 12, 8, 1);
    CHECK(seen.from(8) >= 0.95 * best);
}

TEST_CASE("automatic window respects its upper bound") {
    depth_server server;
    server.knee = 200;
    CHECK(tuned(server, 5, 1, 24).widest == 24);
    CHECK(tuned(server, 5, 1, 3).widest == 3);
    CHECK(tuned(server, 5, 1).widest <= window_tuner::max_window);
}

TEST_CASE("a fixed window is not changed") {
    window_tuner tuner(5, 3);
    for (int i = 0; i < 1000; ++i) {
        tuner.started(128, at(i * 0.001));
        tuner.arrived(128, at(i * 0.001));
        tuner.answered(at(i * 0.001));
    }
    CHECK(tuner.window() == 5);
}

TEST_CASE("rounds in which the source or the consumer is slow do not widen the window") {
    window_tuner tuner(0);
    // One batch at a time, each faster than the previous one.
    double now = 0;
    for (int i = 0; i < 5000; ++i) {
        tuner.started(128, at(now));
        now += 1.0 / (100 + i);
        tuner.arrived(128, at(now));
        tuner.answered(at(now));
    }
    CHECK(tuner.window() <= 2 * window_tuner::first_window);
}

#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace aisle::test {

/// A server of Get-Batch with a knee, in virtual time: what it works on shares its rate, and one batch alone gets a
/// certain part of it. Batches of 128 samples.
struct depth_server {
    double knee = 32;           ///< batches in flight at which it has all it can do
    double delay = 0;           ///< seconds from a request to its first byte, beside the work
    double work = 0.02;         ///< seconds a batch takes where nothing else is asked for
    double noise = 0;           ///< of a batch's work: spread of its logarithm
    double drift = 0;           ///< the same of its rate, over some tenths of a second
    double softness = 0;        ///< 0: rate grows up to the knee at once; else a batch gets 1/(n + softness) of it
    unsigned refuses_at = 0;    ///< 429 for requests beyond so many; 0: never
    unsigned hesitates_at = 0;  ///< beyond so many under way each request waits 1 to 100 ms first
    /// What others leave of its rate at this second, 1: all.
    std::function<double(double)> share = [](double) { return 1.0; };

    double most_rate() const { return knee / (delay + work); }  ///< batches a second
};

/// What a tuner sees: called as it would be by a stream with as many batches as it wants.
struct depth_client {
    std::function<unsigned()> window;
    std::function<void(std::uint64_t entries, double now)> started = [](auto, auto) {};
    std::function<void(std::uint64_t samples, double now)> arrived = [](auto, auto) {};
    std::function<void(double now)> answered = [](auto) {};
    std::function<void(double now)> tick = [](auto) {};
};

/// Runs it for so many seconds; returns the samples of each of them.
inline std::vector<double> run_depth(depth_server const& server, depth_client const& client, double seconds,
                                     unsigned seed) {
    constexpr double step = 0.001;
    constexpr std::uint64_t entries = 128;
    struct fetch {
        double begins;  // when the server starts to work on it
        double work;    // of it, left
        double all;
        double given = 0;  // samples that have come
    };
    // The same for each depth: how large a batch is, and how the rate wanders.
    std::mt19937 sizes(seed), weather(seed + 1000), random(seed + 2000);
    std::normal_distribution<double> size, wind;
    std::uniform_real_distribution<double> uniform;
    std::vector<fetch> under_way;
    std::vector<double> out(static_cast<std::size_t>(std::ceil(seconds)));
    double wander = 0;
    for (double now = 0; now < seconds; now += step) {
        wander += -wander * step / 0.3 + wind(weather) * server.drift * std::sqrt(2 * step / 0.3);
        while (under_way.size() < client.window()) {
            auto const work = std::exp(size(sizes) * server.noise - server.noise * server.noise / 2);
            auto begins = now + server.delay;
            if (server.hesitates_at && under_way.size() >= server.hesitates_at)
                begins += 0.001 + 0.099 * uniform(random);
            // Refused: asked for again after a wait, until it is let in.
            for (auto in = under_way.size(); server.refuses_at && in >= server.refuses_at; in /= 2)
                begins += server.delay + 0.1 * uniform(random);
            under_way.push_back({begins, work, work});
            client.started(entries, now);
        }
        auto const works =
            static_cast<double>(std::ranges::count_if(under_way, [&](auto const& f) { return f.begins <= now; }));
        auto const rate = server.most_rate() * server.share(now) * std::exp(wander);
        auto const alone = server.softness > 0 ? rate / (works + server.softness) : 1 / server.work;
        auto const each = std::min(alone, works > 0 ? rate / works : 0) * step;
        std::uint64_t came = 0;
        std::vector<std::size_t> done;
        for (std::size_t i = 0; i < under_way.size(); ++i) {
            auto& f = under_way[i];
            if (f.begins > now) continue;
            f.work -= each;
            auto const is_here = std::floor(entries * std::min(1.0, 1 - f.work / f.all));
            came += static_cast<std::uint64_t>(is_here - f.given);
            f.given = is_here;
            if (f.work <= 0) done.push_back(i);
        }
        out[static_cast<std::size_t>(now)] += static_cast<double>(came);
        if (came > 0) client.arrived(came, now);
        for (auto i = done.rbegin(); i != done.rend(); ++i) {
            client.answered(now);
            under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(*i));
        }
        client.tick(now);
    }
    return out;
}

/// The same at a fixed depth: samples in the last `of` seconds.
inline double fixed_depth(depth_server const& server, unsigned depth, double seconds, double of, unsigned seed) {
    depth_client fixed;
    fixed.window = [depth] { return depth; };
    auto const by_second = run_depth(server, fixed, seconds, seed);
    double sum = 0;
    for (auto i = by_second.size() - static_cast<std::size_t>(of); i < by_second.size(); ++i) sum += by_second[i];
    return sum;
}

/// The best of the depths from the knee to 256.
inline double best_depth(depth_server const& server, double seconds, double of, unsigned seed) {
    double best = 0;
    for (double const times : {1.0, 1.5, 3.0, 100.0}) {
        auto const depth = static_cast<unsigned>(std::min(server.knee * times, 256.0));
        best = std::max(best, fixed_depth(server, depth, seconds, of, seed));
    }
    return best;
}

}  // namespace aisle::test

#include "many_worlds.hpp"

#include "plan.hpp"
#include "world.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iomanip>
#include <map>
#include <mutex>
#include <ostream>
#include <sstream>
#include <thread>

namespace aisle::simulation {
namespace {

constexpr std::size_t most_failures = 1000;

void add(worlds_summary& s, std::uint64_t seed, world_outcome const& w) {
    ++s.worlds;
    s.entries += w.entries;
    s.requests += w.requests;
    s.map_fetches += w.map_fetches;
    s.events += w.events;
    s.virtual_seconds += w.took;
    if (w.longest_batch > s.longest_batch) {
        s.longest_batch = w.longest_batch;
        s.longest_seed = seed;
    }
    if (!w.broken.empty() && s.failed.size() < most_failures) s.failed.emplace_back(seed, w.broken.front());
}

}  // namespace

worlds_summary run_worlds(std::uint64_t first, std::uint64_t count, std::ostream& progress, bool shows_progress) {
    auto const began = std::chrono::steady_clock::now();
    worlds_summary out;
    std::mutex guard;
    std::atomic<std::uint64_t> next{0};
    auto const work = [&] {
        for (;;) {
            auto const i = next.fetch_add(1);
            if (i >= count) return;
            trace silent(false);
            auto const w = run_world(first + i, silent);
            std::lock_guard const lock(guard);
            add(out, first + i, w);
            if (shows_progress && !w.broken.empty() && out.failed.size() <= 20)
                progress << "seed " << first + i << ": " << w.broken.front() << std::endl;
            if (shows_progress && out.worlds % 100'000 == 0)
                progress << out.worlds << " worlds, " << out.failed.size() << " failed" << std::endl;
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
    work();
    for (auto& t : threads) t.join();
    std::ranges::sort(out.failed);
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return out;
}

std::string to_text(worlds_summary const& s) {
    std::ostringstream out;
    out << s.worlds << " worlds, " << s.entries << " entries, "
        << static_cast<double>(s.requests) / static_cast<double>(std::max<std::uint64_t>(s.entries, 1))
        << " requests per entry, " << s.map_fetches << " map fetches, " << s.events << " events, " << s.virtual_seconds
        << " s of virtual time in " << s.seconds << " s; longest batch " << s.longest_batch << " s (seed "
        << s.longest_seed << "); " << s.failed.size() << " failed";
    return std::move(out).str();
}

void tell_costs(std::uint64_t first, std::uint64_t count, std::ostream& out) {
    struct worst {
        std::uint64_t worlds = 0;
        double time = 0, requests = 0, memory = 0, share = 0, request_share = 0;
        std::uint64_t time_seed = 0, requests_seed = 0, memory_seed = 0, share_seed = 0, request_share_seed = 0;
    };
    std::map<std::string, worst> by_trouble;
    for (auto seed = first; seed < first + count; ++seed) {
        auto const plan = plan_of(seed);
        if (plan.what.count() > 1) continue;
        std::string name = "quiet";
        for (std::size_t i = 0; i < troubles; ++i)
            if (plan.what[i]) name = name_of(static_cast<trouble>(i));
        trace silent(false);
        auto const w = run_world(seed, silent);
        auto& line = by_trouble[name];
        ++line.worlds;
        auto const take = [seed](double& worst, std::uint64_t& at, double value) {
            if (value > worst) {
                worst = value;
                at = seed;
            }
        };
        take(line.time, line.time_seed, w.longest_batch);
        take(line.requests, line.requests_seed, w.most_requests);
        take(line.memory, line.memory_seed, static_cast<double>(w.most_memory) / static_cast<double>(plan.budget));
        take(line.share, line.share_seed, w.allowed_share);
        take(line.request_share, line.request_share_seed, w.allowed_requests);
    }
    out << std::fixed << std::setprecision(2);
    for (auto const& [name, w] : by_trouble)
        out << std::setw(16) << name << std::setw(7) << w.worlds << " worlds; longest batch " << std::setw(8) << w.time
            << " s (" << w.time_seed << "), share of the maximum " << w.share << " (" << w.share_seed
            << "); most requests per entry " << w.requests << " (" << w.requests_seed << "), share of the maximum "
            << w.request_share << " (" << w.request_share_seed << "); memory " << w.memory << " (" << w.memory_seed
            << ")\n";
}

bool replay(std::uint64_t seed, std::ostream& out) {
    trace tells(true);
    auto const w = run_world(seed, tells);
    for (auto const& line : tells.lines()) out << line << '\n';
    for (auto const& law : w.broken) out << "BROKEN: " << law << '\n';
    out << (w.broken.empty() ? "passed" : "failed") << " after " << w.took << " s of virtual time, " << w.requests
        << " requests for " << w.entries << " entries, longest batch " << w.longest_batch << " s\n";
    return w.broken.empty();
}

}  // namespace aisle::simulation

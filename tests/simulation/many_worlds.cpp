#include "many_worlds.hpp"

#include "world.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
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
    s.looks += w.looks;
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
        << " requests an entry, " << s.looks << " looks at the map, " << s.events << " events, " << s.virtual_seconds
        << " s of virtual time in " << s.seconds << " s; longest batch " << s.longest_batch << " s (seed "
        << s.longest_seed << "); " << s.failed.size() << " failed";
    return std::move(out).str();
}

bool replay(std::uint64_t seed, std::ostream& out) {
    trace tells(true);
    auto const w = run_world(seed, tells);
    for (auto const& line : tells.lines()) out << line << '\n';
    for (auto const& law : w.broken) out << "BROKEN: " << law << '\n';
    out << (w.broken.empty() ? "well" : "failed") << " after " << w.took << " s of virtual time, " << w.requests
        << " requests for " << w.entries << " entries, longest batch " << w.longest_batch << " s\n";
    return w.broken.empty();
}

}  // namespace aisle::simulation

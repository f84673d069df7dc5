#include <aisle/verdict.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

namespace aisle {
namespace {

std::string ms_a_batch(std::chrono::nanoseconds all, std::uint64_t batches) {
    auto const each =
        std::chrono::duration<double, std::milli>(all).count() / static_cast<double>(batches > 0 ? batches : 1);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms%s", each, batches > 0 ? " a batch" : "");
    return text.data();
}

std::string counted(std::uint64_t n, char const* one, char const* more) {
    return std::to_string(n) + ' ' + (n == 1 ? one : more);
}

// What delayed the targets.
std::string delays_text(target_counters const& all) {
    std::vector<std::string> parts;
    if (all.peer_wait.count() > 0) parts.push_back(ms_a_batch(all.peer_wait, all.batches) + " waiting for each other");
    if (all.throttled.count() > 0)
        parts.push_back(ms_a_batch(all.throttled, all.batches) + " throttled under memory or disk load");
    if (all.hard_errors > 0)
        parts.push_back(counted(all.hard_errors, "failed or refused request", "failed or refused requests"));
    if (all.soft_errors > 0)
        parts.push_back(counted(all.soft_errors, "missing or recovered entry", "missing or recovered entries"));
    if (all.recoveries > 0)
        parts.push_back(counted(all.recoveries, "entry", "entries") + " fetched again from their owner");
    std::string out;
    for (auto const& p : parts) out += (out.empty() ? "" : ", ") + p;
    return out;
}

}  // namespace

verdict judge(engine_stats const& interval, cluster_stats const& cluster) {
    auto out = judge(interval);
    if (cluster.targets.empty() || (out.by != bound::server && out.by != bound::nothing)) return out;
    auto const delays = delays_text(cluster.sum());
    out.targets = delays.empty() ? "the targets report no waits, no throttling and no errors"
                                 : "the targets report, for all clients: " + delays;
    out.reason += "; " + out.targets;
    return out;
}

}  // namespace aisle

#include "target_table.hpp"

#include <algorithm>

namespace aisle::detail {

void target_table::note(std::string_view target, request_end const& end) {
    auto& r = at(target);
    auto const add = [](std::atomic<std::uint64_t>& to, std::uint64_t n) {
        to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    };
    add(r.requests, 1);
    add(r.bytes, end.bytes);
    add(r.samples, end.samples);
    add(r.failures, end.failed ? 1 : 0);
    add(r.refusals, end.refused ? 1 : 0);
    if (end.took.count() > 0) r.latency.add(end.took);
}

void target_table::set_health(std::string_view target, double health) {
    if (auto const found = find(target); found != rows_.end())
        found->second.health.store(health, std::memory_order_relaxed);
}

// A target beyond most_targets has the row of the others.
target_table::row_map::iterator target_table::find(std::string_view target) {
    auto found = rows_.find(target);
    if (found == rows_.end() && rows_.size() >= most_targets) found = rows_.find(others);
    return found;
}

target_table::row& target_table::at(std::string_view target) {
    if (auto const found = find(target); found != rows_.end()) return found->second;
    auto const name = rows_.size() >= most_targets ? others : target;
    std::lock_guard const lock(mutex_);
    return rows_.try_emplace(std::string(name)).first->second;
}

void target_table::add_to(std::vector<target_stats>& out) const {
    std::vector<target_stats> mine;
    {
        std::lock_guard const lock(mutex_);
        mine.reserve(rows_.size());
        for (auto const& [name, r] : rows_) {
            auto& t = mine.emplace_back();
            t.name = name;
            t.requests = r.requests.load(std::memory_order_relaxed);
            t.bytes = r.bytes.load(std::memory_order_relaxed);
            t.samples = r.samples.load(std::memory_order_relaxed);
            t.failures = r.failures.load(std::memory_order_relaxed);
            t.refusals = r.refusals.load(std::memory_order_relaxed);
            t.health = r.health.load(std::memory_order_relaxed);
            t.latency = r.latency.snapshot();
        }
    }
    add_targets(out, mine);
}

void add_targets(std::vector<target_stats>& to, std::vector<target_stats> const& more) {
    for (auto const& from : more) {
        auto const at = std::ranges::lower_bound(to, from.name, {}, &target_stats::name);
        if (at == to.end() || at->name != from.name) {
            to.insert(at, from);
            continue;
        }
        at->requests += from.requests;
        at->bytes += from.bytes;
        at->samples += from.samples;
        at->failures += from.failures;
        at->refusals += from.refusals;
        at->health = std::min(at->health, from.health);
        at->latency.add(from.latency);
    }
}

}  // namespace aisle::detail

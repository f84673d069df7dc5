// Sums and differences of engine_stats. Only this file distinguishes counters, which grow, from current values.
#include "target_table.hpp"

#include <aisle/stats.hpp>

#include <algorithm>
#include <array>

namespace aisle {
namespace {

constexpr std::array counters = {&engine_stats::samples_delivered,
                                 &engine_stats::payload_bytes,
                                 &engine_stats::wire_bytes,
                                 &engine_stats::reads,
                                 &engine_stats::connections,
                                 &engine_stats::tail_faults,
                                 &engine_stats::requests,
                                 &engine_stats::retries,
                                 &engine_stats::hedges,
                                 &engine_stats::hedges_won,
                                 &engine_stats::plain_gets,
                                 &engine_stats::cold,
                                 &engine_stats::refusals,
                                 &engine_stats::redirects_dropped};

constexpr std::array times = {&engine_stats::cpu, &engine_stats::busy, &engine_stats::consumer, &engine_stats::streams};

constexpr std::array latencies = {&latency_stats::queued,     &latency_stats::proxy,        &latency_stats::first_byte,
                                  &latency_stats::transfer,   &latency_stats::first_sample, &latency_stats::batch,
                                  &latency_stats::hedge_delay};

target_stats since(target_stats now, target_stats const& earlier) {
    now.requests -= earlier.requests;
    now.bytes -= earlier.bytes;
    now.samples -= earlier.samples;
    now.failures -= earlier.failures;
    now.refusals -= earlier.refusals;
    now.latency = now.latency.since(earlier.latency);
    return now;
}

}  // namespace

engine_stats engine_stats::since(engine_stats const& earlier) const {
    auto out = *this;
    out.elapsed -= earlier.elapsed;
    for (auto const c : counters) out.*c -= std::min(out.*c, earlier.*c);
    for (auto const t : times) out.*t = std::max(out.*t - earlier.*t, std::chrono::nanoseconds(0));
    for (auto const l : latencies) out.latency.*l = (latency.*l).since(earlier.latency.*l);
    for (auto& t : out.targets) {
        auto const before = std::ranges::lower_bound(earlier.targets, t.name, {}, &target_stats::name);
        if (before != earlier.targets.end() && before->name == t.name) t = aisle::since(std::move(t), *before);
    }
    return out;
}

void engine_stats::add(engine_stats const& other) {
    elapsed = std::max(elapsed, other.elapsed);
    for (auto const c : counters) this->*c += other.*c;
    for (auto const t : times) this->*t += other.*t;
    for (auto const l : latencies) (latency.*l).add(other.latency.*l);
    detail::add_targets(targets, other.targets);
    threads += other.threads;
    round_trip = std::max(round_trip, other.round_trip);
    link_bytes_per_s = std::max(link_bytes_per_s, other.link_bytes_per_s);
    batches_in_flight += other.batches_in_flight;
    calls_in_flight += other.calls_in_flight;
    window += other.window;
    slab_bytes_in_use += other.slab_bytes_in_use;
    held_bytes += other.held_bytes;
    slab_bytes_idle += other.slab_bytes_idle;
    if (!trouble) trouble = other.trouble;
}

}  // namespace aisle

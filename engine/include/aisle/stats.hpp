#pragma once

#include <aisle/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aisle {

/// How long something took, how often: counts in bins of equal ratio, 64 to a factor of ten, from 1 microsecond to
/// 1,000 seconds. A plain value.
class latency_histogram {
public:
    using duration = std::chrono::nanoseconds;

    latency_histogram() = default;
    /// counts: of each bin, as a recorder has them; the first is of what took less than 1 microsecond.
    latency_histogram(std::vector<std::uint64_t> counts, duration sum, duration max) noexcept;

    /// Negative durations count as 0.
    void add(duration took);
    void add(latency_histogram const& other);
    /// What was added after `earlier`, which is this histogram as it was then.
    latency_histogram since(latency_histogram const& earlier) const;

    std::uint64_t count() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    /// Exact. Of since(): of the interval.
    duration sum() const noexcept { return sum_; }
    /// Exact; 0 when empty.
    duration mean() const noexcept;
    /// The time that `percent` (0 to 100) of all did not exceed: the nearest rank, or up to 3.7 % more; 0 when empty.
    duration percentile(double percent) const noexcept;
    /// Exact. Of since(): up to 3.7 % more, and never more than of the whole.
    duration max() const noexcept { return max_; }

private:
    void count_bins() noexcept;

    std::vector<std::uint64_t> bins_;  // without the empty ones at the end
    std::uint64_t count_ = 0;
    duration sum_{0};
    duration max_{0};
};

/// Where the time of requests and batches goes. A request's way is queued, proxy, first_byte, transfer. Only what
/// succeeded is in it: a request that failed or was dropped appears as far as it came.
struct latency_stats {
    latency_histogram queued;        ///< of a request: waiting for a place, as the cluster takes so many at a time
    latency_histogram proxy;         ///< from there to the proxy's redirect
    latency_histogram first_byte;    ///< from the redirect to the head of the target's answer
    latency_histogram transfer;      ///< from there to the last sample it was asked for
    latency_histogram first_sample;  ///< of a batch: from its start to its first whole sample
    latency_histogram batch;         ///< of a batch: from its start to its last sample
    latency_histogram hedge_delay;   ///< from a request's redirect to the second one made beside it
};

/// A target, as the node that answers (AIStore's designated target): what it was asked for and how it did.
struct target_stats {
    std::string name;             ///< host:port
    std::uint64_t requests = 0;   ///< led to it, and over
    std::uint64_t bytes = 0;      ///< of payload that it brought
    std::uint64_t samples = 0;    ///< that it brought
    std::uint64_t failures = 0;   ///< requests that ended with a fault, refusals included
    std::uint64_t refusals = 0;   ///< 429 and 503
    double health = 1;            ///< 1: as quick as the others; 0.5: twice as slow; 0: sick or full, and avoided
    latency_histogram latency{};  ///< of a request: from the redirect to its last sample
};

/// What an engine has done since its start: a snapshot, each value exact in itself. Values marked "now" are of its
/// moment; all others grow.
struct engine_stats {
    std::chrono::nanoseconds elapsed{0};  ///< since the engine was made; of since(): the interval
    std::uint64_t samples_delivered = 0;
    std::uint64_t payload_bytes = 0;
    std::uint64_t wire_bytes = 0;         ///< read from sockets, heads and framing included
    std::uint64_t reads = 0;              ///< socket reads
    std::uint64_t connections = 0;        ///< opened so far
    std::uint64_t tail_faults = 0;        ///< answers found faulty behind their last sample
    std::uint64_t requests = 0;           ///< Get-Batch requests sent to a proxy, all kinds
    std::uint64_t retries = 0;            ///< of these, made again for what a fault had left
    std::uint64_t hedges = 0;             ///< of these, made for what was late, beside the one under way
    std::uint64_t hedges_won = 0;         ///< hedges that brought a sample first
    std::uint64_t plain_gets = 0;         ///< entries asked for by themselves, as objects
    std::uint64_t cold = 0;               ///< of these, fetched from their bucket's backend into the cluster
    std::uint64_t refusals = 0;           ///< answers 429 and 503
    std::uint64_t redirects_dropped = 0;  ///< redirects left, to a target known to be in trouble
    latency_stats latency{};
    std::vector<target_stats> targets{};  ///< by name; at most 1,024, the rest as "others"

    // ---- what the verdict (verdict.hpp) goes by
    /// CPU time of the engine's threads, user and system; what a sink does on them is part of it.
    std::chrono::nanoseconds cpu{0};
    /// Time in which the engine's threads had a batch under way, of all threads together.
    std::chrono::nanoseconds busy{0};
    /// Time in which samples lay ready and nobody took them, or a sink had them in hand, of all streams together.
    std::chrono::nanoseconds consumer{0};
    /// Time that streams were open, of all streams together.
    std::chrono::nanoseconds streams{0};

    std::uint32_t threads = 0;               ///< now: that do network I/O
    std::chrono::nanoseconds round_trip{0};  ///< now: the network's own, as TCP measured it; 0: no connection yet
    std::uint64_t link_bytes_per_s = 0;      ///< now: what this machine's network links carry; 0: they do not tell
    std::uint32_t batches_in_flight = 0;     ///< now
    std::uint32_t calls_in_flight = 0;       ///< now: of aisle::bucket
    std::uint32_t window = 0;                ///< now: requests that may be in flight, of the newest stream
    std::uint64_t slab_bytes_in_use = 0;     ///< now: memory of answers in progress and of samples nobody has taken
    std::uint64_t held_bytes = 0;            ///< now: held by nothing but samples that the consumer has taken
    std::uint64_t slab_bytes_idle = 0;       ///< now: waiting for reuse
    /// Now: the newest fault that the engine is recovering from, such as a proxy that refuses connections. Nothing
    /// while samples come.
    std::optional<error> trouble = {};

    /// What came after `earlier`, a snapshot of the same engine; what is marked "now" is as it is here.
    engine_stats since(engine_stats const& earlier) const;
    /// Adds another engine's. elapsed is the longer of the two, trouble the first, round_trip the longer.
    void add(engine_stats const& other);
};

}  // namespace aisle

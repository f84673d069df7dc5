#pragma once

#include <aisle/error.hpp>
#include <aisle/export.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aisle {

/// A histogram of durations from 1 microsecond to 1,000 seconds, in logarithmic bins: 64 per factor of ten. A plain
/// value.
class AISLE_API latency_histogram {
public:
    using duration = std::chrono::nanoseconds;

    latency_histogram() = default;
    /// counts: the count of each bin, as a recorder has them; the first bin holds durations below 1 microsecond.
    latency_histogram(std::vector<std::uint64_t> counts, duration sum, duration max) noexcept;

    /// Negative durations count as 0.
    void add(duration took);
    void add(latency_histogram const& other);
    /// The durations that were added since `earlier`, an older state of this histogram.
    latency_histogram since(latency_histogram const& earlier) const;

    std::uint64_t count() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    /// Exact. After since(): the sum of the interval.
    duration sum() const noexcept { return sum_; }
    /// Exact; 0 when empty.
    duration mean() const noexcept;
    /// The nearest-rank percentile, or up to 3.7 % more. percent: 0 to 100. 0 when empty.
    duration percentile(double percent) const noexcept;
    /// The number of durations up to `limit`. May include some that exceed it by up to 3.7 %.
    std::uint64_t count_within(duration limit) const noexcept;
    /// Exact. After since(): up to 3.7 % more, but never more than the maximum of the whole.
    duration max() const noexcept { return max_; }

private:
    void count_bins() noexcept;

    std::vector<std::uint64_t> bins_;  // without the empty ones at the end
    std::uint64_t count_ = 0;
    duration sum_{0};
    duration max_{0};
};

/// Latencies of the stages of a request (queued, proxy, first_byte, transfer, in this order) and of batches. A request
/// that failed or was dropped is counted in the stages that it completed.
struct latency_stats {
    latency_histogram queued;        ///< request: waiting for a slot of the request limit
    latency_histogram proxy;         ///< request: from then to the proxy's redirect
    latency_histogram first_byte;    ///< request: from the redirect to the header of the target's response
    latency_histogram transfer;      ///< request: from then to the last requested sample
    latency_histogram first_sample;  ///< batch: from its start to its first whole sample
    latency_histogram batch;         ///< batch: from its start to its last sample
    latency_histogram hedge_delay;   ///< from a request's redirect to its hedge
};

/// Figures of one target, in its role as the node that sends the response (AIStore's designated target).
struct target_stats {
    std::string name;             ///< host:port
    std::uint64_t requests = 0;   ///< finished requests that were redirected to it
    std::uint64_t bytes = 0;      ///< payload bytes that it sent
    std::uint64_t samples = 0;    ///< samples that it sent
    std::uint64_t failures = 0;   ///< requests that ended with a fault of the target or of the connection to it,
                                  ///< refusals included. Not those that the engine cancelled (the slower one of a
                                  ///< hedged pair, one that stalled), or aborted because it lacked memory or
                                  ///< descriptors
    std::uint64_t refusals = 0;   ///< responses 429 and 503
    double health = 1;            ///< after its last request. 1: as fast as the others; 0.5: half as fast; 0: avoided,
                                  ///< because it stalled, failed, was much slower, or is full; also without failures
    latency_histogram latency{};  ///< request: from the redirect to its last sample
};

/// A snapshot of an engine's figures since it was created. Each value is exact, but they are not read at one moment.
/// Values marked "now" are current; all others are counters that only grow.
struct AISLE_API engine_stats {
    std::chrono::nanoseconds elapsed{0};  ///< since the engine was created; after since(): the interval
    std::uint64_t samples_delivered = 0;
    std::uint64_t payload_bytes = 0;
    std::uint64_t wire_bytes = 0;         ///< bytes read from sockets, including headers and framing
    std::uint64_t reads = 0;              ///< socket reads
    std::uint64_t connections = 0;        ///< connections opened
    std::uint64_t tail_faults = 0;        ///< responses with a fault after their last sample
    std::uint64_t requests = 0;           ///< Get-Batch requests of all kinds, sent to a proxy
    std::uint64_t retries = 0;            ///< of these: repeated after a fault, for the remaining entries
    std::uint64_t hedges = 0;             ///< of these: duplicates sent because a request was late
    std::uint64_t hedges_won = 0;         ///< hedges that delivered a sample first
    std::uint64_t plain_gets = 0;         ///< entries requested by a plain GET
    std::uint64_t cold = 0;               ///< of these: cold entries that the cluster fetched from a backend
    std::uint64_t refusals = 0;           ///< responses 429 and 503
    std::uint64_t redirects_dropped = 0;  ///< redirects not followed, because their target is in trouble
    latency_stats latency{};
    std::vector<target_stats> targets{};  ///< by name; at most 1,024, the rest summed as "others"

    // ---- Input of the verdict (verdict.hpp)
    /// CPU time of the engine's threads, user and system. Includes sinks that run on them.
    std::chrono::nanoseconds cpu{0};
    /// Time during which batches were in flight, summed over the engine's threads.
    std::chrono::nanoseconds busy{0};
    /// Time during which samples waited for the consumer, or a sink was running, summed over streams.
    std::chrono::nanoseconds consumer{0};
    /// Time that streams were open, summed over streams.
    std::chrono::nanoseconds streams{0};

    std::uint32_t threads = 0;               ///< now: network threads
    std::chrono::nanoseconds round_trip{0};  ///< now: the network round trip as measured by TCP; 0: no connection yet
    std::uint64_t link_bytes_per_s = 0;      ///< now: speed of this machine's network links; 0: unknown
    std::uint32_t batches_in_flight = 0;     ///< now
    std::uint32_t calls_in_flight = 0;       ///< now: calls of aisle::bucket
    std::uint32_t window = 0;                ///< now: in-flight limit of the newest stream
    std::uint64_t slab_bytes_in_use = 0;     ///< now: memory of responses in progress and of samples not taken yet
    std::uint64_t held_bytes = 0;            ///< now: memory held only by samples that the consumer has taken
    std::uint64_t slab_bytes_idle = 0;       ///< now: memory kept for reuse
    /// Now: the latest fault that the engine is recovering from, such as a proxy that refuses connections. Empty while
    /// samples arrive.
    std::optional<error> trouble = {};

    /// The figures of the interval since `earlier`, a snapshot of the same engine. "now" values stay as they are.
    engine_stats since(engine_stats const& earlier) const;
    /// Adds another engine's figures. elapsed and round_trip become the larger of the two, trouble the first that is
    /// set.
    void add(engine_stats const& other);
};

}  // namespace aisle

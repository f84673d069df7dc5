#pragma once

#include <atomic>
#include <cstdint>

namespace aisle::detail {

/// Counters written by one shard and read by any thread.
struct shard_counters {
    using counter = std::atomic<std::uint64_t>;

    counter samples{0};
    counter payload_bytes{0};
    counter tail_faults{0};
    counter requests{0};
    counter retries{0};
    counter hedges{0};
    counter hedges_won{0};
    counter plain_gets{0};
    counter cold{0};
    counter refusals{0};
    counter redirects_dropped{0};
    counter wire_bytes{0};
    counter reads{0};
    counter connections{0};
    std::atomic<std::int64_t> round_trip_ns{0};  ///< http::client_stats::round_trip
    /// Time with a batch in flight. While one is in flight, minus the steady clock's time at which this period began:
    /// negative. A single value, so that readers never see half an update.
    std::atomic<std::int64_t> busy_ns{0};
    std::atomic<std::uint32_t> operations{0};  ///< on buckets, in progress
    std::atomic<std::uint32_t> batches{0};     ///< given to this shard and not ended

    /// Only on the shard's thread: a single writer needs no locked instruction.
    static void add(counter& to, std::uint64_t n = 1) noexcept {
        to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

}  // namespace aisle::detail

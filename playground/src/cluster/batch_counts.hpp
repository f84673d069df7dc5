#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace aisle::playground {

/// The Get-Batch counters of a target. AIStore behaviour: stats/target_stats.go. Thread-safe.
struct batch_counts {
    std::atomic<std::uint64_t> batches{0};  ///< batches that ended, failed ones included
    std::atomic<std::uint64_t> objects{0};  ///< whole objects sent. AIStore behaviour: empty objects are not counted
    std::atomic<std::uint64_t> object_bytes{0};  ///< of these
    std::atomic<std::uint64_t> members{0};       ///< members of shards, likewise
    std::atomic<std::uint64_t> member_bytes{0};  ///< of these
    std::atomic<std::uint64_t> wait_ns{0};       ///< time spent waiting for entries that other targets do not send
    std::atomic<std::uint64_t> throttle_ns{0};   ///< time that requests were delayed
    std::atomic<std::uint64_t> soft_errors{0};   ///< placeholders
    std::atomic<std::uint64_t> hard_errors{0};   ///< batches that failed, or were refused with 429
    std::atomic<std::uint64_t> fetches{0};       ///< entries fetched from their owner
    std::atomic<std::uint64_t> fetch_errors{0};  ///< fetches that failed

    /// A JSON object as in AIStore's `tracker`, without counters that are 0.
    std::string json() const;
};

}  // namespace aisle::playground

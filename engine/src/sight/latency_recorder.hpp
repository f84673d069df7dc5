#pragma once

#include <aisle/stats.hpp>

#include <atomic>
#include <chrono>
#include <memory>

namespace aisle::detail {

/// A latency histogram to which one thread adds a few values per batch, while other threads take snapshots: a
/// Boost.Histogram of atomic counts. Neither side ever waits for the other, not even while the shard's thread is in the
/// user's code or asleep.
class latency_recorder {
public:
    latency_recorder();
    ~latency_recorder();

    void add(std::chrono::nanoseconds took) noexcept;
    latency_histogram snapshot() const;

private:
    struct bins;
    std::unique_ptr<bins> bins_;
    std::atomic<std::int64_t> sum_{0};
    std::atomic<std::int64_t> max_{0};
};

/// A shard's histograms; latency_stats documents each.
struct latency_recorders {
    latency_recorder queued;
    latency_recorder proxy;
    latency_recorder first_byte;
    latency_recorder transfer;
    latency_recorder first_sample;
    latency_recorder batch;
    latency_recorder hedge_delay;

    void add_to(latency_stats& out) const;
};

}  // namespace aisle::detail

#pragma once

#include <aisle/stats.hpp>

#include <atomic>
#include <chrono>
#include <memory>

namespace aisle::detail {

/// A latency histogram that one thread adds to, a few times a batch, while any other takes snapshots: Boost.Histogram
/// over atomic counts. So a snapshot waits for nothing, also where a shard's thread is inside the user's code or
/// asleep, and the thread that records never waits for whoever looks.
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

/// What a shard records; latency_stats says what each is.
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

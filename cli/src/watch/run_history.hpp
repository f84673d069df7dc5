#pragma once

#include <aisle/stats.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace aisle::cli {

/// One second of a run: rates over this second, and other values at its end.
struct run_point {
    std::uint64_t number = 0;  ///< from 1
    double at_s = 0;           ///< since the run began
    double samples_per_s = 0;
    double bytes_per_s = 0;
    std::uint32_t in_flight = 0;
    std::uint32_t window = 0;
    std::uint64_t batches = 0;              ///< batches that ended in this second
    std::chrono::nanoseconds batch_p50{0};  ///< their latency percentiles; 0 without batches
    std::chrono::nanoseconds batch_p95{0};
    std::chrono::nanoseconds batch_p99{0};
    std::uint64_t memory_in_use = 0;
    std::uint64_t memory_held = 0;
    std::uint64_t memory_idle = 0;
    std::uint64_t retries = 0;
    std::uint64_t hedges = 0;
    std::uint64_t refusals = 0;
    std::uint64_t cold = 0;
    double cpu_cores = 0;  ///< CPU time of the engines' threads, in cores
};

/// The history of a run over the last minutes, with a point for each snapshot, unless it comes soon after another. The
/// caller supplies snapshots and time. Not thread-safe.
class run_history {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t capacity = 600;               ///< points; ten minutes at one a second
    static constexpr std::chrono::milliseconds shortest{500};  ///< of a point's interval: rates of less vary too much
    static constexpr std::chrono::seconds recently{10};  ///< recent() covers at most this, and at least half of it

    /// The run starts: removes all points; totals count from here.
    void begin(engine_stats stats, clock::time_point now);
    void add(engine_stats stats, clock::time_point now);

    /// The stored points with a number above `number`, oldest first.
    std::vector<run_point> after(std::uint64_t number) const;
    /// The newest snapshot.
    engine_stats const& newest() const noexcept { return newest_; }
    /// Since begin().
    engine_stats whole() const { return newest_.since(base_); }
    /// The last 5 to 10 seconds.
    engine_stats recent() const { return newest_.since(anchors_.empty() ? base_ : anchors_.front().stats); }
    std::chrono::duration<double> elapsed() const noexcept { return newest_at_ - began_; }

private:
    void add_point();

    struct moment {
        clock::time_point at;
        engine_stats stats;
    };

    clock::time_point began_{};
    engine_stats base_;
    engine_stats newest_;
    clock::time_point newest_at_{};
    engine_stats point_base_;  // where the next point's interval begins
    clock::time_point point_base_at_{};
    std::deque<moment> anchors_;  // at most two, half of `recently` apart
    std::deque<run_point> points_;
    std::uint64_t last_ = 0;
};

}  // namespace aisle::cli

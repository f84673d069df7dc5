#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::detail {

/// Finds how many requests in flight are worth it: goes on widening while samples per second grow, goes back when they
/// do not.
///
/// Deeper is not free (a batch of 128 x 10 KiB takes 145 ms at 8 in flight and 600 ms at 64 on one measured cluster,
/// whose knee is near 32), so a wider window must earn its place. A plain struct; the caller brings the time.
class window_tuner {
public:
    using clock = std::chrono::steady_clock;

    static constexpr unsigned first_window = 8;
    static constexpr unsigned max_window = 64;

    /// fixed: this window for ever, or 0 to find one.
    explicit window_tuner(unsigned fixed) noexcept : window_(fixed ? fixed : first_window), tuning_(fixed == 0) {}

    unsigned window() const noexcept { return window_; }

    /// One more batch has all its samples.
    void answered(std::uint64_t samples, clock::time_point now) noexcept;

private:
    void next_epoch(double rate) noexcept;

    unsigned window_;
    bool tuning_;
    unsigned best_window_ = 0;
    double best_rate_ = 0;
    unsigned settled_epochs_ = 0;  // epochs to stay at the best window before trying a wider one again
    bool epoch_open_ = false;
    clock::time_point epoch_start_{};
    unsigned epoch_batches_ = 0;
    std::uint64_t epoch_samples_ = 0;
};

}  // namespace aisle::detail

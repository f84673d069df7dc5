#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace aisle::detail {

/// The time during which samples of a stream were ready but not taken, or were being processed by a sink: this
/// distinguishes a slow consumer from a slow cluster. A plain struct; the caller passes the time and holds the lock.
class consumer_clock {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using duration = std::chrono::nanoseconds;

    explicit consumer_clock(time_point opened) noexcept : opened_(opened) {}

    /// Samples are ready and no thread waits for them, or a sink starts.
    void ready(time_point now) noexcept {
        if (!since_) since_ = now;
    }
    bool is_running() const noexcept { return since_.has_value(); }
    /// All ready samples were taken, or the sink has returned.
    void taken(time_point now) noexcept {
        if (since_) waited_ += std::max<duration>(now - *since_, duration(0));
        since_.reset();
    }
    /// The stream has ended; later calls change nothing.
    void close(time_point now) noexcept {
        taken(now);
        if (!closed_) closed_ = now;
    }

    duration waited(time_point now) const noexcept {
        return waited_ + (since_ ? std::max<duration>(now - *since_, duration(0)) : duration(0));
    }
    duration open(time_point now) const noexcept { return closed_.value_or(now) - opened_; }

private:
    time_point opened_;
    std::optional<time_point> closed_;
    std::optional<time_point> since_;
    duration waited_{0};
};

}  // namespace aisle::detail

#pragma once

#include "window_tuner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// What admission has to look at outside the stream itself.
struct memory_view {
    std::size_t budget_bytes = 0;
    std::size_t in_use_bytes = 0;    ///< held by answers and by samples nobody has taken yet
    std::size_t reserved_bytes = 0;  ///< asked for by any stream and not yet arrived
};

/// Decides when the next batch of a stream may be asked for. No executor, no lock: a plain struct, driven by
/// stream_job.
///
/// A batch is *active* from its request to its last sample, then a *tail* until the server has ended the answer.
/// Memory is capped here, by not asking; what was asked for is always read, as AIStore cuts a stream that rests for 30
/// s.
class scheduler {
public:
    using clock = std::chrono::steady_clock;

    /// in_flight: a fixed window, or 0 to find one of at most `most`, or of window_tuner::max_window where that is 0.
    explicit scheduler(unsigned in_flight, unsigned most = 0) : tuner_(in_flight, most) {}

    /// True when one more batch may start now. held_batches: started batches whose samples the consumer has not all
    /// taken.
    bool may_start(std::size_t held_batches, memory_view const& memory) const noexcept;

    /// Bytes to reserve for a batch of so many entries, from what entries of this stream have brought so far.
    std::size_t expected_bytes(std::size_t entries) const noexcept;

    void started(std::size_t entries, clock::time_point now) noexcept;
    /// Samples have come, so many bytes in all: the first tell how large they are before any batch is whole.
    void saw(std::uint64_t samples, std::uint64_t bytes, clock::time_point now) noexcept;
    /// The batch's last sample is here, or what was left of it has failed: its place in the window is free.
    void answered(std::size_t entries, std::uint64_t bytes, clock::time_point now) noexcept;
    /// The stream tries something out that changes its rate: no window is judged by that.
    void interrupt(clock::time_point now) noexcept { tuner_.interrupt(now); }
    /// The answer is read to its end, or given up.
    void ended() noexcept { --tails_; }

    /// True when a batch may start as far as the number of requests goes.
    bool has_place() const noexcept { return active_ < window() && tails_ < max_tails(); }
    unsigned active() const noexcept { return active_; }
    unsigned tails() const noexcept { return tails_; }
    unsigned window() const noexcept { return tuner_.window(); }
    bool idle() const noexcept { return active_ == 0 && tails_ == 0; }

private:
    /// Tails cost the server a pending place each (96 of which make it hesitate), so they are bounded too.
    unsigned max_tails() const noexcept { return window() < 8 ? 8 : window(); }

    window_tuner tuner_;
    unsigned active_ = 0;
    unsigned tails_ = 0;
    std::size_t last_entries_ = 0;  // of the batch started last: the next one may be as large
    double bytes_per_entry_ = 256.0 * 1024;
    bool measured_ = false;
};

}  // namespace aisle::detail

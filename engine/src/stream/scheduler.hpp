#pragma once

#include "../tuning/window_tuner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// State outside the stream that admission depends on.
struct memory_view {
    std::size_t budget_bytes = 0;
    std::size_t in_use_bytes = 0;    ///< held by responses and by samples not taken yet
    std::size_t reserved_bytes = 0;  ///< requested by any stream and not arrived yet
};

/// Decides when the next batch of a stream may be requested. No executor, no lock: a plain struct, driven by
/// stream_job.
///
/// A batch is *active* from its request to its last sample, then a *tail* until the server has ended the response.
/// Memory is limited here, by not requesting; requested bytes are always read, because AIStore closes a stream that
/// stalls for 30 s.
class scheduler {
public:
    using clock = std::chrono::steady_clock;

    /// Maximum tails, whatever the window, if memory allows. AIStore behaviour: the end of a response is 100 ms late,
    /// so n tails limit the stream to 10 n batches per second. Each tail is a pending request of its target, which
    /// slows down at 96.
    static constexpr unsigned most_tails = 64;
    /// The same if memory is small, because each tail holds a slab.
    static constexpr unsigned least_tails = 8;

    /// in_flight: a fixed window, or 0 to find one up to `most` (0: window_tuner::max_window).
    explicit scheduler(unsigned in_flight, unsigned most = 0) : tuner_(in_flight, most) {}

    /// True if one more batch may start now. held_batches: started batches whose samples are not all taken.
    bool may_start(std::size_t held_batches, memory_view const& memory) const noexcept;

    /// Bytes to reserve for a batch of this many entries, from this stream's samples so far.
    std::size_t expected_bytes(std::size_t entries) const noexcept;

    void started(std::size_t entries, clock::time_point now) noexcept;
    /// Samples have arrived, with this many bytes in total: the first ones show their size before any batch is
    /// complete.
    void saw(std::uint64_t samples, std::uint64_t bytes, clock::time_point now) noexcept;
    /// The batch's last sample has arrived, or its rest has failed: its slot in the window is free.
    void answered(std::size_t entries, std::uint64_t bytes, clock::time_point now) noexcept;
    /// The stream is trying something that changes its rate: do not judge the window by it.
    void interrupt(clock::time_point now) noexcept { tuner_.interrupt(now); }
    /// The response was read to its end, or given up.
    void ended() noexcept { --tails_; }

    /// True if the window has a free slot.
    bool has_place() const noexcept { return active_ < window(); }
    unsigned active() const noexcept { return active_; }
    unsigned tails() const noexcept { return tails_; }
    unsigned window() const noexcept { return tuner_.window(); }
    bool idle() const noexcept { return active_ == 0 && tails_ == 0; }

private:
    unsigned max_tails(std::size_t budget_bytes) const noexcept;

    window_tuner tuner_;
    unsigned active_ = 0;
    unsigned tails_ = 0;
    std::size_t last_entries_ = 0;  // of the batch started last: the next one may be as large
    // Initially the size of a large sample: batches that turn out not to fit have to be aborted.
    double bytes_per_entry_ = 1024.0 * 1024;
    bool measured_ = false;
};

}  // namespace aisle::detail

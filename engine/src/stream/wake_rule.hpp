#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// How to wake a consumer that waits while blocks arrive.
enum class waking : std::uint8_t {
    none,        ///< do nothing, or a wake-up is pending
    after_turn,  ///< wake it after the other reads that are ready now
    later        ///< wake it when the patience is over
};

/// Decides when a waiting consumer is woken. A wake-up costs as much as several samples, so with many batches in flight
/// it sleeps until about one batch is ready, at most for the patience. A plain struct; the caller passes the time and
/// holds the lock.
class wake_rule {
public:
    using clock = std::chrono::steady_clock;

    /// Ready blocks.
    struct amount {
        std::uint64_t samples = 0;
        std::size_t bytes = 0;  ///< estimated
    };
    static constexpr std::uint64_t enough_samples = 128;
    static constexpr std::size_t enough_bytes = std::size_t{2} << 20;

    /// of_a_batch: samples per batch of the stream.
    static bool is_enough(amount ready, std::uint64_t of_a_batch) noexcept {
        return ready.samples >= std::min(enough_samples, of_a_batch) || ready.bytes >= enough_bytes;
    }

    /// More is ready, and the consumer waits. patience: zero to wake it immediately.
    waking came(bool enough, clock::duration patience, clock::time_point now) noexcept {
        if (due_ == waking::after_turn) return waking::none;
        bool const may_sleep = !enough && patience > patience.zero();
        if (may_sleep && due_ == waking::later) return waking::none;
        due_ = may_sleep ? waking::later : waking::after_turn;
        if (may_sleep) by_ = now + patience;
        return due_;
    }
    /// True while it may sleep, because a wake-up is due soon. The end of a batch may make enough ready.
    bool lets_sleep(bool enough) const noexcept {
        return due_ == waking::after_turn || (due_ == waking::later && !enough);
    }
    /// True when the latest patience is over.
    bool is_over(clock::time_point now) const noexcept { return due_ == waking::later && now >= by_; }
    /// The rest of the patience; zero if the consumer does not wait for its end. A caller that is too early must call
    /// again after this time: another batch may not.
    clock::duration left(clock::time_point now) const noexcept {
        return due_ == waking::later && now < by_ ? by_ - now : clock::duration::zero();
    }
    /// It is woken now, or need not be.
    void done() noexcept { due_ = waking::none; }

private:
    waking due_ = waking::none;
    clock::time_point by_{};
};

}  // namespace aisle::detail

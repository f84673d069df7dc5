#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::detail {

/// Finds the best number of batches in flight, as congestion control does, by samples per second.
///
/// \code
///   opening ──▶ ramp ──▶ steady ◀──▶ probe ──▶ compare
///   opening: the first samples show delay and rate, and so how much the network holds
///   ramp:    twice the window, as long as that gains something
///   steady:  sometimes a round with twice the window, or with four fifths of it, then a round without; the
///            better window is kept
/// \endcode
///
/// A round has as many batches as the window, so that it contains each phase of a bursty response once. After a change,
/// the batches in flight are ignored. A round in which the window was not full (a slow source, a slow consumer, no
/// memory) is ignored. A plain struct; the caller passes the time.
class window_tuner {
public:
    using clock = std::chrono::steady_clock;

    static constexpr unsigned first_window = 16;
    static constexpr unsigned max_window = 256;

    /// fixed: always this window, or 0 to find one up to `most` (0: max_window).
    explicit window_tuner(unsigned fixed, unsigned most = 0) noexcept;

    unsigned window() const noexcept { return window_; }

    /// A batch of this many entries begins.
    void started(std::uint64_t entries, clock::time_point now) noexcept;
    /// This many samples have arrived.
    void arrived(std::uint64_t samples, clock::time_point now) noexcept;
    /// One more batch has all its samples, or its rest has failed.
    void answered(clock::time_point now) noexcept;

    /// Something else is being tried: ignore this round, and a probe in progress.
    void interrupt(clock::time_point now) noexcept;

private:
    enum class phase : std::uint8_t { opening, ramp, steady, probe, compare };

    void count_until(clock::time_point now) noexcept;
    void jump(clock::time_point now) noexcept;
    void begin_round(unsigned window, unsigned pass, clock::time_point now) noexcept;
    void round_over(double rate, clock::time_point now) noexcept;
    void after_ramp(double rate, clock::time_point now) noexcept;
    void after_steady(double rate, clock::time_point now) noexcept;
    void after_comparison(double rate, clock::time_point now) noexcept;
    void settle(unsigned window, double rate, clock::time_point now) noexcept;
    void wait(clock::time_point now) noexcept;
    void probe_again() noexcept;
    double batch_seconds(double rate) const noexcept;

    unsigned const most_;
    bool const tuning_;
    unsigned window_;
    phase phase_ = phase::opening;
    unsigned active_ = 0;  // batches in flight

    // the opening
    std::uint64_t started_batches_ = 0;
    std::uint64_t started_entries_ = 0;
    std::uint64_t arrived_samples_ = 0;
    clock::time_point first_start_{};
    clock::time_point first_arrival_{};

    // this round
    clock::time_point round_start_{};
    unsigned pass_ = 0;  // batches to ignore before it
    unsigned batches_ = 0;
    clock::time_point counted_until_{};
    double active_seconds_ = 0;  // number of batches in flight, integrated over time
    std::uint64_t samples_ = 0;
    unsigned next_window_ = 0;

    // estimates
    unsigned in_vain_ = 0;      // consecutive doublings of the ramp without gain
    unsigned base_window_ = 0;  // in the ramp: the previous one; then the one to keep
    double base_rate_ = 0;      // samples per second there
    double probe_rate_ = 0;
    unsigned rounds_to_probe_ = 0;
    clock::time_point probe_at_{};
    double probe_interval_ = 0;  // seconds
    bool probes_up_ = false;
    unsigned good_downs_ = 0;  // consecutive narrower rounds that cost nothing
    unsigned odd_rounds_ = 0;  // consecutive, far from base_rate_
};

}  // namespace aisle::detail

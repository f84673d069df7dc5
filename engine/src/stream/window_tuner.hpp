#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::detail {

/// Finds how many batches in flight are worth it, as congestion control does, by samples per second.
///
/// \code
///   opening ──▶ ramp ──▶ steady ◀──▶ probe ──▶ compare
///   opening: the first samples tell the delay and the rate, and so how much the way there and back holds
///   ramp:    twice the window, as long as that brings something
///   steady:  now and then a round with twice the window, or with four fifths of it, then a round without, and the
///            window that does better stays
/// \endcode
///
/// A round is as many batches as the window has, so that it holds each phase of a bursty answer once. After a change
/// the batches under way are let pass first. A round in which the window was not full (a slow source, a slow consumer,
/// no memory) says nothing. A plain struct; the caller brings the time.
class window_tuner {
public:
    using clock = std::chrono::steady_clock;

    static constexpr unsigned first_window = 16;
    static constexpr unsigned max_window = 256;

    /// fixed: this window for ever, or 0 to find one of at most `most`, or of max_window where that is 0.
    explicit window_tuner(unsigned fixed, unsigned most = 0) noexcept;

    unsigned window() const noexcept { return window_; }

    /// A batch of so many entries begins.
    void started(std::uint64_t entries, clock::time_point now) noexcept;
    /// So many samples have come.
    void arrived(std::uint64_t samples, clock::time_point now) noexcept;
    /// One more batch has all its samples, or what was left of it has failed.
    void answered(clock::time_point now) noexcept;

    /// Something else is tried out: this round, and a probe under way, say nothing.
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
    unsigned active_ = 0;  // batches under way

    // the opening
    std::uint64_t started_batches_ = 0;
    std::uint64_t started_entries_ = 0;
    std::uint64_t arrived_samples_ = 0;
    clock::time_point first_start_{};
    clock::time_point first_arrival_{};

    // this round
    clock::time_point round_start_{};
    unsigned pass_ = 0;  // batches that are let pass before it
    unsigned batches_ = 0;
    clock::time_point counted_until_{};
    double active_seconds_ = 0;  // batches under way, times how long
    std::uint64_t samples_ = 0;
    unsigned next_window_ = 0;

    // what is known
    unsigned in_vain_ = 0;      // widenings of the ramp in a row that brought nothing
    unsigned base_window_ = 0;  // of the ramp: the one before; then the one that is kept
    double base_rate_ = 0;      // samples a second there
    double probe_rate_ = 0;
    unsigned rounds_to_probe_ = 0;
    clock::time_point probe_at_{};
    double probe_interval_ = 0;  // seconds
    bool probes_up_ = false;
    unsigned good_downs_ = 0;  // narrower rounds in a row that cost nothing
    unsigned odd_rounds_ = 0;  // in a row, far from base_rate_
};

}  // namespace aisle::detail

#include "window_tuner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aisle::detail {
namespace {

// Rates are noisy. A window that is too wide costs little, one that is too narrow costs much: so small gains suffice.
constexpr double worth_widening = 1.04;  // the gain of twice the window at which it is doubled again
constexpr double worth_keeping = 1.01;   // and at which it is kept
constexpr double worth_a_probe = 1.03;   // a probe of twice the window
constexpr double costs_nothing = 0.985;  // a probe of four fifths of it
constexpr unsigned downs_to_narrow = 2;  // consecutive
constexpr double grew_well = 1.3;        // a gain at which a long wait at the server does not count
// Below this part of the usual rate for two rounds in a row, the server has changed, or another client has started or
// stopped.
constexpr double far_below = 0.75;
constexpr double far_above = 1.12;
constexpr double full_enough = 0.8;  // of the window, over a round
constexpr unsigned least_round = 8;  // batches
// Between two probes; doubled after one without gain. A probe is a burst or a gap, and so has a cost.
constexpr double first_interval = 0.5;
constexpr double longest_interval = 8;
constexpr unsigned least_rounds = 4;
constexpr unsigned widest_jump = 8;
// A batch that takes this long usually waits for its turn at the server, and would wait twice as long.
constexpr double long_enough = 1.0;

unsigned four_fifths(unsigned window) noexcept {
    return std::max(1u, window - (window + 4) / 5);
}

}  // namespace

window_tuner::window_tuner(unsigned fixed, unsigned most) noexcept
    : most_(most ? most : max_window), tuning_(fixed == 0), window_(fixed ? fixed : std::min(first_window, most_)) {}

void window_tuner::started(std::uint64_t entries, clock::time_point now) noexcept {
    if (!tuning_) return;
    count_until(now);
    ++active_;
    if (phase_ != phase::opening || started_batches_ == window_) return;
    if (started_batches_++ == 0) first_start_ = now;
    started_entries_ += entries;
}

void window_tuner::arrived(std::uint64_t samples, clock::time_point now) noexcept {
    if (!tuning_ || samples == 0) return;
    samples_ += samples;
    if (phase_ != phase::opening) return;
    if (arrived_samples_ == 0) first_arrival_ = now;
    arrived_samples_ += samples;
    // Half of the first window's samples.
    if (now > first_arrival_ && 2 * arrived_samples_ >= started_entries_) jump(now);
}

void window_tuner::answered(clock::time_point now) noexcept {
    if (!tuning_) return;
    count_until(now);
    auto const active = active_;
    if (active_ > 0) --active_;
    if (phase_ == phase::opening) return;
    if (pass_ > 0) {
        if (--pass_ == 0) begin_round(window_, 0, now);
        return;
    }
    if (++batches_ < std::max(window_, least_round)) return;
    auto const seconds = std::chrono::duration<double>(now - round_start_).count();
    bool const tells = seconds > 0 && samples_ > 0 && active_seconds_ >= full_enough * window_ * seconds;
    next_window_ = window_;
    if (tells) round_over(static_cast<double>(samples_) / seconds, now);
    // Batches in flight were requested under the old window.
    begin_round(next_window_, next_window_ == window_ ? 0 : std::min(active, window_), now);
}

void window_tuner::interrupt(clock::time_point now) noexcept {
    if (!tuning_ || phase_ == phase::opening) return;
    if (phase_ == phase::probe || phase_ == phase::compare) {
        phase_ = phase::steady;
        window_ = base_window_;
        wait(now);
    }
    begin_round(window_, window_, now);
}

void window_tuner::begin_round(unsigned window, unsigned pass, clock::time_point now) noexcept {
    window_ = window;
    pass_ = pass;
    round_start_ = now;
    counted_until_ = now;
    batches_ = 0;
    active_seconds_ = 0;
    samples_ = 0;
}

void window_tuner::count_until(clock::time_point now) noexcept {
    active_seconds_ += active_ * std::chrono::duration<double>(now - counted_until_).count();
    counted_until_ = now;
}

// Delay and rate of the first samples show how much the network holds, besides what the server works on.
void window_tuner::jump(clock::time_point now) noexcept {
    auto const delay = std::chrono::duration<double>(first_arrival_ - first_start_).count();
    auto const burst = std::chrono::duration<double>(now - first_arrival_).count();
    auto const rate = static_cast<double>(arrived_samples_) / burst;
    auto const a_batch = static_cast<double>(started_entries_) / static_cast<double>(started_batches_);
    auto const held = std::min(rate * delay / std::max(a_batch, 1.0), double{(widest_jump - 1) * first_window});
    auto const wider = std::max(2 * window_, window_ + static_cast<unsigned>(held));
    phase_ = phase::ramp;
    begin_round(std::min(wider, most_), window_, now);
}

double window_tuner::batch_seconds(double rate) const noexcept {
    return static_cast<double>(samples_) / batches_ * window_ / rate;
}

void window_tuner::round_over(double rate, clock::time_point now) noexcept {
    switch (phase_) {
        case phase::opening: break;
        case phase::ramp: return after_ramp(rate, now);
        case phase::steady: return after_steady(rate, now);
        case phase::probe:
            probe_rate_ = rate;
            phase_ = phase::compare;
            next_window_ = base_window_;
            return;
        case phase::compare: return after_comparison(rate, now);
    }
}

// A round is too short to measure a few per cent, so the ramp ends when two doublings in a row have gained nothing.
void window_tuner::after_ramp(double rate, clock::time_point now) noexcept {
    bool const grew = rate >= base_rate_ * worth_widening;
    bool const well = rate >= base_rate_ * grew_well;
    if (rate >= base_rate_ * worth_keeping) {
        base_rate_ = rate;
        base_window_ = window_;
    }
    in_vain_ = grew ? 0 : in_vain_ + 1;
    bool const deep = !well && batch_seconds(rate) > long_enough;
    if (in_vain_ == 2 || window_ == most_ || deep) return settle(base_window_, base_rate_, now);
    next_window_ = std::min(2 * window_, most_);
}

void window_tuner::wait(clock::time_point now) noexcept {
    rounds_to_probe_ = least_rounds;
    probe_at_ = now + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(probe_interval_));
}

void window_tuner::probe_again() noexcept {
    rounds_to_probe_ = 1;
    probe_at_ = {};
}

void window_tuner::settle(unsigned window, double rate, clock::time_point now) noexcept {
    phase_ = phase::steady;
    next_window_ = window;
    base_window_ = window;
    base_rate_ = rate;
    probe_interval_ = first_interval;
    wait(now);
    probes_up_ = false;
    good_downs_ = 0;
    odd_rounds_ = 0;
}

void window_tuner::after_steady(double rate, clock::time_point now) noexcept {
    bool const low = rate < base_rate_ * far_below;
    bool const high = rate > base_rate_ * far_above;
    odd_rounds_ = low || high ? odd_rounds_ + 1 : 0;
    if (odd_rounds_ == 2) {
        // Earlier measurements no longer apply.
        settle(window_, rate, now);
        probe_again();
        probes_up_ = high;
        return;
    }
    if (odd_rounds_ == 0) base_rate_ += (rate - base_rate_) / 4;
    if (rounds_to_probe_ > 0) --rounds_to_probe_;
    if (rounds_to_probe_ > 0 || now < probe_at_) return;
    if (probes_up_ && (window_ == most_ || batch_seconds(rate) > long_enough)) probes_up_ = false;
    next_window_ = probes_up_ ? std::min(2 * window_, most_) : four_fifths(window_);
    wait(now);
    if (next_window_ != window_) phase_ = phase::probe;
}

void window_tuner::after_comparison(double rate, clock::time_point now) noexcept {
    auto const without = (base_rate_ + rate) / 2;
    phase_ = phase::steady;
    base_rate_ += (rate - base_rate_) / 4;
    bool const up = probes_up_;
    if (!up && probe_rate_ >= without * costs_nothing) {
        probe_again();
        if (++good_downs_ < downs_to_narrow) return;
        good_downs_ = 0;
        base_window_ = next_window_ = four_fifths(window_);
        return;
    }
    good_downs_ = 0;
    if (up && probe_rate_ > without * worth_a_probe) {
        base_window_ = next_window_ = std::min(2 * window_, most_);
        base_rate_ = probe_rate_;
        probe_interval_ = first_interval;
        probe_again();
        return;
    }
    probes_up_ = !up;
    probe_interval_ = std::min(2 * probe_interval_, longest_interval);
    wait(now);
}

}  // namespace aisle::detail

#include "batch_size_tuner.hpp"

#include <algorithm>
#include <bit>

namespace aisle::detail {
namespace {

using namespace std::chrono_literals;

constexpr double worth_doubling = 1.04;
constexpr double worth_keeping = 1.02;
constexpr double worth_being_late = 1.3;
constexpr double costs_nothing = 0.985;  // half the size
constexpr unsigned in_vain_at_most = 2;  // consecutive doublings
// The window is tuned at the same time, in much shorter rounds: a round here must outlast several of those.
constexpr unsigned batches_of_round = 32;
constexpr std::chrono::nanoseconds shortest_round = 100ms;
constexpr unsigned first_interval = 4;  // rounds
constexpr unsigned longest_interval = 64;

}  // namespace

batch_size_tuner::batch_size_tuner(unsigned fixed) noexcept : tuning_(fixed == 0), size_(fixed ? fixed : first_size) {}

void batch_size_tuner::answered(std::uint64_t samples, std::uint64_t bytes, duration first_sample, duration batch,
                                clock::time_point now) noexcept {
    if (!tuning_ || samples == 0) return;
    auto const mean = static_cast<double>(bytes) / static_cast<double>(samples);
    bytes_a_sample_ = bytes_a_sample_ > 0 ? bytes_a_sample_ + (mean - bytes_a_sample_) / 8 : mean;
    if (size_ > most()) return begin_round(most());
    // Not batches cut before the size changed, or for lack of entries.
    bool const as_cut = samples <= size_ + size_ / 4 && samples >= size_ - size_ / 4;
    if (!measuring_) {
        if (!as_cut) return;
        measuring_ = true;
        round_start_ = now;
        return;
    }
    samples_ += samples;
    first_samples_ += first_sample;
    longest_batch_ = std::max(longest_batch_, batch);
    if (!as_cut) return begin_round(size_);
    // Each phase of a batch must be in a round, so it outlasts the longest batch.
    if (++batches_ < batches_of_round || now - round_start_ < std::max(shortest_round, longest_batch_)) return;
    auto const seconds = std::chrono::duration<double>(now - round_start_).count();
    next_size_ = size_;
    round_over(static_cast<double>(samples_) / seconds);
    begin_round(next_size_);
}

void batch_size_tuner::begin_round(unsigned size) noexcept {
    size_ = size;
    measuring_ = false;
    batches_ = 0;
    samples_ = 0;
    first_samples_ = duration(0);
    longest_batch_ = duration(0);
}

unsigned batch_size_tuner::most() const noexcept {
    auto const fit = static_cast<double>(most_bytes) / std::max(bytes_a_sample_, 1.0);
    return std::bit_floor(static_cast<unsigned>(std::clamp<double>(fit, least_size, most_size)));
}

void batch_size_tuner::round_over(double rate) noexcept {
    switch (phase_) {
        case phase::growing: return after_growth(rate);
        case phase::steady: return after_steady(rate);
        case phase::probe:
            probe_rate_ = rate;
            probe_is_late_ = probes_up_ && makes_late(first_samples_ / batches_);
            phase_ = phase::compare;
            next_size_ = base_size_;
            return;
        case phase::compare: return after_comparison(rate);
    }
}

void batch_size_tuner::after_growth(double rate) noexcept {
    auto const first_sample = first_samples_ / batches_;
    bool const late = base_rate_ > 0 && rate < base_rate_ * worth_being_late && makes_late(first_sample);
    if (rate >= base_rate_ * worth_keeping && !late) {
        in_vain_ = rate >= base_rate_ * worth_doubling ? 0 : in_vain_ + 1;
        base_rate_ = rate;
        base_size_ = size_;
        base_first_sample_ = first_sample;
    } else {
        ++in_vain_;
    }
    if (late || in_vain_ == in_vain_at_most || 2 * size_ > most()) return settle(base_size_, base_rate_);
    next_size_ = 2 * size_;
}

bool batch_size_tuner::makes_late(duration first_sample) const noexcept {
    return first_sample > late_first_sample && 2 * first_sample > 3 * base_first_sample_;
}

void batch_size_tuner::settle(unsigned size, double rate) noexcept {
    phase_ = phase::steady;
    next_size_ = size;
    base_size_ = size;
    base_rate_ = rate;
    probe_interval_ = first_interval;
    rounds_to_probe_ = first_interval;
    probes_up_ = false;
}

void batch_size_tuner::after_steady(double rate) noexcept {
    base_size_ = size_;
    base_rate_ += (rate - base_rate_) / 4;
    base_first_sample_ = first_samples_ / batches_;
    if (--rounds_to_probe_ > 0) return;
    rounds_to_probe_ = probe_interval_;
    auto const wanted = probes_up_ ? 2 * size_ : size_ / 2;
    if (wanted < least_size || wanted > most()) {
        probes_up_ = !probes_up_;
        return;
    }
    next_size_ = wanted;
    phase_ = phase::probe;
}

void batch_size_tuner::after_comparison(double rate) noexcept {
    auto const without = (base_rate_ + rate) / 2;
    base_rate_ += (rate - base_rate_) / 4;
    phase_ = phase::steady;
    bool const better = !probe_is_late_ && probe_rate_ > without * (probes_up_ ? worth_doubling : costs_nothing);
    if (better) {
        base_size_ = next_size_ = probes_up_ ? std::min(2 * size_, most()) : size_ / 2;
        base_rate_ = probe_rate_;
        probe_interval_ = first_interval;
    } else {
        probes_up_ = !probes_up_;
        probe_interval_ = std::min(2 * probe_interval_, longest_interval);
    }
    rounds_to_probe_ = probe_interval_;
}

}  // namespace aisle::detail

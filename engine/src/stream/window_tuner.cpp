#include "window_tuner.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

constexpr double worth_widening = 1.1;  // twice the window must bring 10 %
constexpr unsigned epochs_between_probes = 32;

}  // namespace

void window_tuner::answered(std::uint64_t samples, clock::time_point now) noexcept {
    if (!tuning_) return;
    if (!epoch_open_) {
        epoch_open_ = true;
        epoch_start_ = now;
        epoch_batches_ = 0;
        epoch_samples_ = 0;
        return;
    }
    epoch_samples_ += samples;
    // Two windows' worth of batches: the first still carries what was asked for under the old window.
    if (++epoch_batches_ < 2 * window_) return;
    auto const seconds = std::chrono::duration<double>(now - epoch_start_).count();
    epoch_open_ = false;
    if (seconds > 0) next_epoch(static_cast<double>(epoch_samples_) / seconds);
}

void window_tuner::next_epoch(double rate) noexcept {
    if (settled_epochs_ > 0) {
        if (--settled_epochs_ > 0) return;
        best_rate_ = rate;
        window_ = std::min(2 * best_window_, max_window);
        return;
    }
    if (rate > best_rate_ * worth_widening) {
        best_rate_ = rate;
        best_window_ = window_;
        window_ = std::min(2 * window_, max_window);
        if (window_ != best_window_) return;
    } else {
        window_ = best_window_;
    }
    settled_epochs_ = epochs_between_probes;
}

}  // namespace aisle::detail

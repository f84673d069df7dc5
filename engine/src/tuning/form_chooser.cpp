#include "form_chooser.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

constexpr double worth_a_change = 1.05;
// Time of a scout, compared with the other batches. A single scout gets more of the servers than a stream of them.
constexpr double much_longer = 1.25;
constexpr unsigned windows_of_trial = 3;
constexpr double times_of_trial = 2;             // of the usual form's time for the same amount; then it is aborted
constexpr std::uint64_t before_first_scout = 4;  // windows
constexpr std::uint64_t least_interval = 60;
constexpr std::uint64_t longest_interval = 480;
constexpr unsigned least_window = 4;
constexpr double another_kind = 2;  // of batch: this many times as many entries or bytes, or as few

bool differs(double now, double then) noexcept {
    return now > another_kind * then || now * another_kind < then;
}

void smooth(double& value, double seen, double share) noexcept {
    value = value > 0 ? value + (seen - value) * share : seen;
}

}  // namespace

form_chooser::form_chooser(fetch_form asked) noexcept
    : fixed_(asked != fetch_form::fastest), as_objects_(asked == fetch_form::objects), interval_(before_first_scout) {}

form_chooser::choice form_chooser::choose(std::size_t entries, unsigned window) noexcept {
    if (fixed_ || entries == 0) return {as_objects_, 0};
    if (!in_trial_) window_ = std::max(window, least_window);
    if (!begun_) {
        begun_ = true;
        as_objects_ = entries < few_entries;
        length_ = interval_ * window_;
    }
    if (started_ >= length_) {
        if (is_trial(round_)) {
            begin_round(interval_ * window_);
        } else if (usual_rate_ > 0 && !in_trial_) {
            if (scout_ == scouting::due) {
                scout_ = scouting::under_way;
                return {!as_objects_, scout};
            }
            if (scout_ == scouting::came_close) begin_trial();
        }
    }
    ++started_;
    if (!is_trial(round_)) return {as_objects_, round_};
    ++tried_;
    return {!tried_from_objects_, round_};
}

void form_chooser::begin_round(std::uint64_t length) noexcept {
    ++round_;
    started_ = 0;
    length_ = length;
    measured_ = 0;
    scout_ = scouting::due;
    if (!is_trial(round_)) trial_over();
}

void form_chooser::begin_trial() noexcept {
    begin_round(std::uint64_t{windows_of_trial} * window_);
    in_trial_ = true;
    judged_ = false;
    tried_ = 0;
    answered_ = 0;
    tried_from_objects_ = as_objects_;
    auto const usual = entries_ * windows_of_trial * window_ / usual_rate_;
    trial_until_ =
        now_ + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(times_of_trial * usual));
}

void form_chooser::trial_over() noexcept {
    if (!is_trial(round_) && answered_ >= tried_) in_trial_ = false;
}

void form_chooser::answered(std::uint64_t round, std::size_t entries, std::uint64_t bytes,
                            std::chrono::nanoseconds took, clock::time_point now) noexcept {
    if (fixed_ || entries == 0) return;
    now_ = now;
    note_kind(entries, bytes);
    if (!judged_ && now > trial_until_) judge(0);
    auto const seconds = std::chrono::duration<double>(took).count();
    if (round == scout) return scout_answered(entries, seconds);
    if (is_trial(round)) return trial_answered(entries);
    if (round == round_) usual_answered(entries, seconds);
}

void form_chooser::scout_answered(std::size_t entries, double took) noexcept {
    if (scout_ != scouting::under_way) return;
    scout_ = scouting::came_close;
    if (took > usual_time_ * static_cast<double>(entries) * much_longer) lost();
}

// The other form waits longer until its next scout.
void form_chooser::lost() noexcept {
    scout_ = scouting::due;
    interval_ = std::clamp(2 * interval_, least_interval, longest_interval);
    if (!is_trial(round_)) length_ = started_ + interval_ * window_;
}

// Measures the usual form, window by window; not while batches of a trial are also in flight.
void form_chooser::usual_answered(std::size_t entries, double took) noexcept {
    if (in_trial_) return;
    smooth(usual_time_, took / static_cast<double>(entries), 1.0 / 16);
    if (measured_++ == 0) {
        since_ = now_;
        samples_ = 0;
        return;
    }
    samples_ += entries;
    if (measured_ <= window_) return;
    auto const seconds = std::chrono::duration<double>(now_ - since_).count();
    measured_ = 0;
    if (seconds > 0) smooth(usual_rate_, static_cast<double>(samples_) / seconds, 1.0 / 4);
}

// The first window's batches were in flight with those of the usual form, and so will be the last one's.
void form_chooser::trial_answered(std::size_t entries) noexcept {
    ++answered_;
    trial_over();
    if (judged_ || answered_ < window_) return;
    if (answered_ == window_) {
        since_ = now_;
        samples_ = 0;
        return;
    }
    samples_ += entries;
    if (answered_ < 2 * std::uint64_t{window_}) return;
    auto const seconds = std::chrono::duration<double>(now_ - since_).count();
    judge(seconds > 0 ? static_cast<double>(samples_) / seconds : 0);
}

void form_chooser::judge(double rate) noexcept {
    judged_ = true;
    known_entries_ = entries_;
    known_bytes_ = bytes_;
    if (rate > usual_rate_ * worth_a_change) {
        as_objects_ = !as_objects_;
        usual_rate_ = rate;
        usual_time_ = 0;
        interval_ = least_interval;
    } else {
        lost();
    }
    if (is_trial(round_)) length_ = started_;  // the next batch begins another round
}

// Results for another kind of batch do not apply to this one.
void form_chooser::note_kind(std::size_t entries, std::uint64_t bytes) noexcept {
    smooth(entries_, static_cast<double>(entries), 1.0 / 16);
    smooth(bytes_, static_cast<double>(bytes), 1.0 / 16);
    if (known_entries_ <= 0 || in_trial()) return;
    if (!differs(entries_, known_entries_) && !differs(bytes_, known_bytes_)) return;
    known_entries_ = entries_;
    known_bytes_ = bytes_;
    interval_ = least_interval;
    length_ = std::min(length_, started_ + before_first_scout * window_);
    usual_rate_ = 0;
    usual_time_ = 0;
    measured_ = 0;
}

}  // namespace aisle::detail

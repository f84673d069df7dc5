#include "target_scores.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

constexpr double smoothing = 1.0 / 8;

double nanoseconds(std::chrono::nanoseconds d) noexcept {
    return static_cast<double>(d.count());
}

}  // namespace

target_scores::opinion target_scores::judge(std::string_view target, time_point now) {
    redirects_unspent_ = std::min(redirects_unspent_ + 1, saved_drops * redirects_per_dropped);
    auto& s = at(target, now);
    if (s.penalty.count() == 0 || may_probe(s, now) || !has_alternative(s, now)) {
        if (s.penalty.count() != 0 && now >= s.bad_until) s.probe_since = now;
        s.waits = 0;
        return {};
    }
    if (may_drop(s, now)) {
        s.waits = 0;
        return {advice::elsewhere, {}};
    }
    // To one that is merely slow a wait would only be added.
    if (s.failures == 0) return {};
    auto const after = std::min(first_wait * (1u << std::min(s.waits, 8u)), longest_wait);
    ++s.waits;
    return {advice::wait, after};
}

void target_scores::dropped(std::string_view target, time_point now) {
    redirects_unspent_ -= std::min(redirects_unspent_, redirects_per_dropped);
    auto& times = at(target, now).dropped;
    if (times.size() == most_dropped) times.erase(times.begin());
    times.push_back(now);
}

void target_scores::succeeded(std::string_view target, std::size_t entries, std::chrono::nanoseconds took,
                              time_point now) {
    auto& s = at(target, now);
    s.failures = 0;
    if (entries > 0) {
        auto const count = static_cast<double>(entries);
        auto const seen = std::max(nanoseconds(took) - nanoseconds(fixed_part), 0.0) / count;
        usual_entries_ += (count - usual_entries_) * (usual_entries_ == 0 ? 1 : smoothing);
        bool const slow = is_slow(s, seen);
        // What made it bad is over, so it starts from what it does now; or else it stays as slow as it was.
        bool const afresh = s.observed == 0 || (s.penalty.count() != 0 && !slow);
        s.per_entry += (seen - s.per_entry) * (afresh ? 1 : smoothing);
        s.observed = std::min(s.observed + 1, least_observed);
        if (s.penalty.count() == 0 ? is_slow(s, s.per_entry) : slow) {
            punish(s, now);
            return;
        }
    }
    s.probe_since.reset();
    if (s.penalty.count() == 0) return;
    s.penalty /= 2;
    if (s.penalty < first_penalty) s.penalty = milliseconds(0);
    s.bad_until = std::min(s.bad_until, now);
}

void target_scores::failed(std::string_view target, time_point now) {
    auto& s = at(target, now);
    ++s.failures;
    if (s.failures >= failures_of_bad || s.penalty.count() != 0) punish(s, now);
}

target_scores::score& target_scores::at(std::string_view target, time_point now) {
    auto found = targets_.find(target);
    if (found == targets_.end()) {
        if (targets_.size() == most_targets)
            targets_.erase(std::ranges::min_element(targets_, {}, [](auto const& t) { return t.second.named; }));
        found = targets_.emplace(target, score{}).first;
    }
    found->second.named = now;
    return found->second;
}

bool target_scores::may_probe(score const& s, time_point now) const noexcept {
    return now >= s.bad_until && (!s.probe_since || now - *s.probe_since >= longest_probe);
}

bool target_scores::has_alternative(score const& s, time_point now) const noexcept {
    return std::ranges::any_of(targets_, [&](auto const& other) {
        auto const& o = other.second;
        return &o != &s && o.penalty.count() == 0 && now - o.named < gone_after;
    });
}

bool target_scores::may_drop(score& s, time_point now) const {
    std::erase_if(s.dropped, [&](time_point then) { return now - then >= pending_for; });
    return s.dropped.size() < most_dropped && redirects_unspent_ >= redirects_per_dropped;
}

// Whether a request of usual size takes too long at so much per entry, beside the other targets.
bool target_scores::is_slow(score const& s, double per_entry) {
    if (s.observed < least_observed) return false;
    others_.clear();
    for (auto const& [name, other] : targets_)
        if (&other != &s && other.observed >= least_observed) others_.push_back(other.per_entry);
    if (others_.empty()) return false;
    auto const middle = others_.begin() + static_cast<std::ptrdiff_t>(others_.size() / 2);
    std::ranges::nth_element(others_, middle);
    auto const whole = [&](double each) { return nanoseconds(fixed_part) + each * usual_entries_; };
    return whole(per_entry) > times_of_slow * whole(*middle) &&
           whole(per_entry) - whole(*middle) > nanoseconds(least_difference);
}

// What was under way when it turned bad tells nothing new: only behind the penalty is it doubled.
void target_scores::punish(score& s, time_point now) noexcept {
    if (s.penalty.count() != 0 && now < s.bad_until) return;
    s.penalty = std::clamp(2 * s.penalty, first_penalty, longest_penalty);
    s.bad_until = now + s.penalty;
    s.probe_since.reset();
}

}  // namespace aisle::detail

#include "target_book.hpp"

#include <aisle/recycler.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

// Longer times are capped, so that nothing overflows.
constexpr std::int64_t longest = std::chrono::nanoseconds(std::chrono::hours(24)).count();
// Quantiles move slowly: updating them at every fourth request is early enough.
constexpr std::uint64_t updates_every = 4;
// Redirects to sick targets that are left without a wait; if most targets are sick, later ones wait a little.
constexpr unsigned draws_at_once = 8;
constexpr unsigned most_draws = 200;
constexpr unsigned most_draws_among_well = 32;
// Draws per draw that should name a well target, after which there is none: exp(-24) is the probability of an error.
constexpr std::uint64_t certain_draws = 24;
constexpr std::chrono::milliseconds first_wait{10};
constexpr std::chrono::milliseconds longest_wait{160};

std::int64_t bounded(std::chrono::nanoseconds d) noexcept {
    return std::clamp<std::int64_t>(d.count(), 0, longest);
}

// The lower of the two middle values: with two targets, the better one is typical.
std::int64_t lower_median(recycled_vector<std::int64_t>& of) noexcept {
    if (of.empty()) return 0;
    auto const middle = of.begin() + static_cast<std::ptrdiff_t>((of.size() - 1) / 2);
    std::ranges::nth_element(of, middle);
    return *middle;
}

}  // namespace

target_book::opinion target_book::judge(std::string_view name, unsigned draws, time_point now) {
    auto& t = at(name, now);
    t.left = false;
    if (!is_bad(t, now)) {
        bad_in_a_row_ = 0;
        return {};
    }
    ++bad_in_a_row_;
    std::size_t well = 0;
    std::size_t bad = 0;
    for (auto const& [_, other] : targets_) {
        if (other.left || now - other.named >= gone_after) continue;
        ++(is_bad(other, now) ? bad : well);
    }
    // Targets of the map that no redirect has named yet may be well.
    if (in_map_ > well + bad) well += in_map_ - well - bad;
    // Chance would have named a well target by now: they have left, and the map is old.
    if (well == 0 || bad_in_a_row_ * well > certain_draws * (well + bad)) return {};
    bool const full = t.full_at && now - *t.full_at < full_for;
    if (!full && now >= t.sick_until && (!t.probe_since || now - *t.probe_since >= longest_probe)) {
        t.probe_since = now;
        return {advice::probe, {}};
    }
    // If most are well, chance soon names a well one, or something other than chance decides.
    bool const few = bad <= well;
    auto const at_once = few ? 2 * draws_at_once : draws_at_once;
    if (draws >= (few ? most_draws_among_well : most_draws)) return {};
    if (draws < at_once) return {advice::leave, {}};
    return {advice::leave, std::min(first_wait * (1u << std::min(draws - at_once, 8u)), longest_wait)};
}

void target_book::succeeded(std::string_view name, std::size_t entries, duration took, duration rested,
                            time_point now) {
    auto& t = at(name, now);
    bool const was_sick = t.penalty.count() != 0;
    // On probation at first: even a sick target delivers the objects on its own disks quickly.
    t.failures = was_sick ? failures_of_sick - 1 : 0;
    t.has_answered = !was_sick;
    if (!was_sick) t.before = milliseconds(0);
    t.beaten = 0;
    if (was_sick) t.seen = 0;  // forget what it did while it was sick
    remember(t, {bounded(took), bounded(rested), std::max<std::size_t>(entries, 1)}, now);
    bool const slow = was_sick ? bounded(took) > 2 * std::max(late_, least_late.count()) : is_slow(t);
    if (slow && targets_.size() > 1) {
        punish(t, now);
        tell_health(name, t, was_sick);
        return;
    }
    t.probe_since.reset();
    t.before = std::max(t.before, t.penalty);
    t.penalty = milliseconds(0);
    tell_health(name, t, was_sick);
}

void target_book::beaten(std::string_view name, std::size_t entries, duration took, duration rested, time_point now) {
    auto& t = at(name, now);
    remember(t, {bounded(took), bounded(rested), std::max<std::size_t>(entries, 1)}, now);
    if (t.penalty.count() != 0 || (++t.beaten < beaten_of_sick && !is_slow(t))) return;
    punish(t, now);
    tell_health(name, t, false);
}

void target_book::remember(target& t, observation seen, time_point now) {
    t.last[t.seen++ % remembered] = seen;
    ++seen_;
    if (t.seen > least_observed && t.seen % updates_every != 0) return;
    learn(t);
    learn_usual(now);
}

void target_book::failed(std::string_view name, time_point now) {
    auto& t = at(name, now);
    bool const was_sick = t.penalty.count() != 0;
    ++t.failures;
    if (t.failures < failures_of_sick && !was_sick) return;
    punish(t, now);
    tell_health(name, t, was_sick);
}

void target_book::was_full(std::string_view name, time_point now) {
    at(name, now).full_at = now;
}

void target_book::probe_over(std::string_view name, time_point now) {
    at(name, now).probe_since.reset();
}

bool target_book::is_sick(std::string_view name) const {
    auto const found = targets_.find(name);
    return found != targets_.end() && found->second.penalty.count() != 0;
}

bool target_book::is_proven(std::string_view name) const {
    auto const found = targets_.find(name);
    return found != targets_.end() && found->second.has_answered && found->second.failures == 0;
}

unsigned target_book::sick(time_point now) const {
    return static_cast<unsigned>(std::ranges::count_if(targets_, [&](auto const& t) { return is_bad(t.second, now); }));
}

bool target_book::most_are_full(time_point now) const {
    auto const full = std::ranges::count_if(
        targets_, [&](auto const& t) { return t.second.full_at && now - *t.second.full_at < full_for; });
    return static_cast<std::size_t>(full) * 2 > std::max<std::size_t>(in_map_, targets_.size());
}

std::optional<target_book::duration> target_book::late(std::size_t entries) const noexcept {
    if (seen_ < least_learned || late_ == 0) return {};
    auto const scale = std::max(1.0, static_cast<double>(entries) / static_cast<double>(usual_entries_));
    auto const late = std::min(static_cast<double>(late_) * scale, static_cast<double>(longest));
    return std::max(duration(static_cast<std::int64_t>(late)), least_late);
}

target_book::duration target_book::rest_limit(bool streamed) const noexcept {
    if (seen_ < least_learned) return streamed ? unknown_rest : longest_rest;
    auto const usual = static_cast<double>(streamed ? rest_ : std::max(rest_, late_));
    return std::clamp(
        duration(static_cast<std::int64_t>(std::min(usual * times_of_rest, static_cast<double>(longest)))), least_rest,
        longest_rest);
}

target_book::target& target_book::at(std::string_view name, time_point now) {
    auto found = targets_.find(name);
    if (found == targets_.end()) {
        if (targets_.size() == most_targets)
            targets_.erase(std::ranges::min_element(targets_, {}, [](auto const& t) { return t.second.named; }));
        found = targets_.emplace(name, target{}).first;
    }
    found->second.named = now;
    return found->second;
}

bool target_book::is_bad(target const& t, time_point now) const noexcept {
    return t.penalty.count() != 0 || (t.full_at && now - *t.full_at < full_for);
}

// The median of the others that are well; nullopt while too little is known.
std::optional<std::int64_t> target_book::usual_beside(target const& t) const {
    if (t.seen < least_observed) return {};
    recycled_vector<std::int64_t> others;
    for (auto const& [_, other] : targets_)
        if (&other != &t && other.seen >= least_observed && other.penalty.count() == 0) others.push_back(other.middle);
    if (others.empty()) return {};
    return lower_median(others);
}

double target_book::health(std::string_view name, time_point now) const {
    auto const found = targets_.find(name);
    if (found == targets_.end()) return 1;
    auto const& t = found->second;
    if (is_bad(t, now)) return 0;
    auto const usual = usual_beside(t);
    if (!usual || t.middle <= *usual) return 1;
    return static_cast<double>(*usual) / static_cast<double>(t.middle);
}

void target_book::tell_health(std::string_view name, target const& t, bool was_sick) const {
    bool const sick = t.penalty.count() != 0;
    if (sick != was_sick && on_health) on_health(name, sick, t.penalty);
}

// Its requests take much longer than the median of the others.
bool target_book::is_slow(target const& t) const {
    auto const usual = usual_beside(t);
    if (!usual) return false;
    return static_cast<double>(t.middle) > times_of_slow * static_cast<double>(*usual) &&
           t.middle - *usual > std::chrono::nanoseconds(least_difference).count();
}

// Failures of requests that were already in flight do not count again: the penalty is doubled only after it has ended.
void target_book::punish(target& t, time_point now) {
    if (t.penalty.count() != 0 && now < t.sick_until) return;
    t.penalty = std::clamp(2 * std::max(t.penalty, t.before), first_penalty, longest_penalty);
    t.sick_until = now + t.penalty;
    t.probe_since.reset();
    learn_usual(now);
}

void target_book::learn(target& t) noexcept {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(t.seen, remembered));
    std::array<std::int64_t, remembered> times{};
    auto const quantile = [&](std::size_t percent, auto what) {
        for (std::size_t i = 0; i < count; ++i) times[i] = t.last[i].*what;
        auto const nth = times.begin() + static_cast<std::ptrdiff_t>(std::min(count * percent / 100, count - 1));
        std::nth_element(times.begin(), nth, times.begin() + static_cast<std::ptrdiff_t>(count));
        return *nth;
    };
    t.middle = quantile(50, &observation::took);
    // If all take nearly the same time, the 95th percentile is not late.
    t.late = std::max(quantile(95, &observation::took), t.middle + t.middle / 2);
    t.rest = quantile(95, &observation::rested);
}

void target_book::learn_usual(time_point now) {
    recycled_vector<std::int64_t> late;
    recycled_vector<std::int64_t> rest;
    std::uint64_t entries = 0;
    std::uint64_t count = 0;
    for (auto const& [_, t] : targets_) {
        if (t.seen == 0 || t.penalty.count() != 0 || now - t.named >= gone_after) continue;
        late.push_back(t.late);
        rest.push_back(t.rest);
        for (std::size_t i = 0; i < std::min<std::uint64_t>(t.seen, remembered); ++i) {
            entries += t.last[i].entries;
            ++count;
        }
    }
    if (count == 0) return;
    late_ = lower_median(late);
    rest_ = lower_median(rest);
    usual_entries_ = std::max<std::uint64_t>(entries / count, 1);
}

}  // namespace aisle::detail

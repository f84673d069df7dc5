#include "hedge_rule.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

// The quantiles move slowly: looking at each 8th request finds them early enough, and costs next to nothing.
constexpr std::uint64_t looks_every = 8;

// No time counts as longer, so that nothing overflows.
constexpr std::int64_t longest = std::chrono::nanoseconds(std::chrono::hours(24)).count();

}  // namespace

void hedge_rule::took(std::size_t entries, std::chrono::nanoseconds took) noexcept {
    remember({std::clamp<std::int64_t>(took.count(), 0, longest), std::max<std::size_t>(entries, 1)});
}

void hedge_rule::remember(observation seen) noexcept {
    last_[seen_++ % remembered] = seen;
    if (seen_ == least_learned || (seen_ > least_learned && seen_ % looks_every == 0)) learn();
}

void hedge_rule::learn() noexcept {
    auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(seen_, remembered));
    std::array<std::int64_t, remembered> times{};
    std::uint64_t entries = 0;
    for (std::size_t i = 0; i < count; ++i) {
        times[i] = last_[i].nanoseconds;
        entries += last_[i].entries;
    }
    auto const quantile = [&](std::size_t percent) {
        auto const at = times.begin() + static_cast<std::ptrdiff_t>(std::min(count * percent / 100, count - 1));
        std::nth_element(times.begin(), at, times.begin() + static_cast<std::ptrdiff_t>(count));
        return *at;
    };
    auto const median = quantile(50);
    // Where all take nearly the same time, the 95th is not late.
    late_ = std::max(quantile(95), median + median / 2);
    usual_ = std::max<std::uint64_t>(entries / count, 1);
}

std::optional<std::chrono::nanoseconds> hedge_rule::due(std::size_t entries) const noexcept {
    if (seen_ < least_learned) return {};
    auto const scale = std::max(1.0, static_cast<double>(entries) / static_cast<double>(usual_));
    auto const late = std::min(static_cast<double>(late_) * scale, static_cast<double>(longest));
    return std::max(std::chrono::nanoseconds(static_cast<std::int64_t>(late)), least_delay);
}

void hedge_rule::asked(std::size_t entries) noexcept {
    typical_ = typical_ == 0 ? entries : (typical_ * 7 + entries + 7) / 8;
    credit_ = std::min(credit_ + entries, std::max(credit_, saved_requests * entries_per_hedged * typical_));
}

bool hedge_rule::may_hedge(std::size_t entries_left) const noexcept {
    return entries_left > 0 && entries_left <= credit_ / entries_per_hedged;
}

void hedge_rule::hedged(std::size_t entries_left) noexcept {
    credit_ -= std::min<std::uint64_t>(credit_, entries_per_hedged * entries_left);
    // It was later than due, by how much will not be known. Left out, or taken as just due, the slow ones would be
    // forgotten one by one, and what counts as late would sink to the median; so it counts as somewhat later.
    if (seen_ >= least_learned) remember({std::min(late_ + late_ / 4, longest), usual_});
}

}  // namespace aisle::detail

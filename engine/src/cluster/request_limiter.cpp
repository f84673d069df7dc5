#include "request_limiter.hpp"

#include <algorithm>

namespace aisle::detail {

request_limiter::request_limiter(unsigned most) noexcept : most_(std::max(most, 1u)), limit_(most_) {}

void request_limiter::set_most(unsigned most) noexcept {
    bool const never_cut = limit_ == most_;
    most_ = std::max(most, 1u);
    limit_ = never_cut ? most_ : std::min(limit_, most_);
}

void request_limiter::sent() noexcept {
    ++under_way_;
    ++undecided_;
}

void request_limiter::accepted(time_point now) noexcept {
    // A request sent before a cut was not sent under the current limit.
    if (in_round_of_last_cut(now) || limit_ == most_) return;
    if (++acceptances_ < limit_) return;
    ++limit_;
    acceptances_ = 0;
}

void request_limiter::refused(time_point now, std::optional<std::chrono::milliseconds> retry_after) noexcept {
    refused_at_ = now;
    if (retry_after)
        not_before_ =
            std::max(not_before_, now + std::clamp(*retry_after, std::chrono::milliseconds(0), longest_retry_after));
    if (in_round_of_last_cut(now)) return;
    limit_ = std::clamp(under_way_ / 2, 1u, limit_);
    sent_before_ = undecided_;
    acceptances_ = 0;
    cut_at_ = now;
}

void request_limiter::over() noexcept {
    if (under_way_ > 0) --under_way_;
    // If a request ends without a response, its send time is unknown; it cannot be waited for in any case.
    undecided_ = std::min(undecided_, under_way_);
    sent_before_ = std::min(sent_before_, undecided_);
}

// One more request is decided: responses arrive roughly in the order of the requests.
bool request_limiter::in_round_of_last_cut(time_point now) noexcept {
    if (undecided_ > 0) --undecided_;
    if (sent_before_ == 0) return false;
    --sent_before_;
    return now - cut_at_ < longest_round;
}

}  // namespace aisle::detail

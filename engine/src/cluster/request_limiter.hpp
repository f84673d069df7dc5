#pragma once

#include <chrono>
#include <optional>

namespace aisle::detail {

/// How many requests a shard may have under way, by what the cluster says to them: half as many when it refuses (429,
/// 503), one more for every round of acceptances. Additive increase and multiplicative decrease is what lets many
/// clients who know nothing of each other find a fair share. A plain struct, one a shard; the caller brings the time.
///
/// Each request: sent(), then accepted() or refused() once its answer begins (neither when there is none), then over().
class request_limiter {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A refusal of what was sent before a cut says nothing of the cut, so it does not cut again; but after this time
    /// refusals are news in any case. AIStore behaviour: its verdict on load takes at most 100 ms beside the usual.
    static constexpr std::chrono::milliseconds longest_round{1'000};
    /// No server's word stops a shard for longer than this.
    static constexpr std::chrono::milliseconds longest_retry_after{60'000};
    /// As long after the last refusal the cluster counts as not overloaded. AIStore looks at its load every 7.5 to 60
    /// s; refusals for pending requests come and go faster than this.
    static constexpr std::chrono::seconds calm_after{10};

    /// most: never more than these; at least 1.
    explicit request_limiter(unsigned most) noexcept;

    /// As when the number of targets has become known. A limit that was never cut grows with it.
    void set_most(unsigned most) noexcept;

    bool may_send(time_point now) const noexcept { return under_way_ < limit_ && now >= not_before_; }

    void sent() noexcept;
    void accepted(time_point now) noexcept;
    /// The cluster says that it has too much to do; retry_after is its wish, where it uttered one.
    void refused(time_point now, std::optional<std::chrono::milliseconds> retry_after) noexcept;
    void over() noexcept;

    unsigned limit() const noexcept { return limit_; }
    unsigned under_way() const noexcept { return under_way_; }
    /// Nothing may be sent before: Retry-After.
    time_point not_before() const noexcept { return not_before_; }
    bool calm(time_point now) const noexcept { return !refused_at_ || now - *refused_at_ >= calm_after; }

private:
    bool in_round_of_last_cut(time_point now) noexcept;

    unsigned most_;
    unsigned limit_;
    unsigned under_way_ = 0;
    unsigned undecided_ = 0;    // of those under way, neither accepted nor refused
    unsigned sent_before_ = 0;  // of those undecided, sent before the last cut
    unsigned acceptances_ = 0;  // since the limit changed
    time_point cut_at_{};
    time_point not_before_ = time_point::min();
    std::optional<time_point> refused_at_;
};

}  // namespace aisle::detail

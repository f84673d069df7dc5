#pragma once

#include <chrono>
#include <optional>

namespace aisle::detail {

/// Limits a shard's requests in flight by the cluster's responses: half as many after a refusal (429, 503), one more
/// per round of acceptances. Additive increase and multiplicative decrease let many independent clients find a fair
/// share. A plain struct, one per shard; the caller passes the time.
///
/// Call for each request: sent(); accepted() or refused() when its response begins, if one does; over().
class request_limiter {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A refusal of a request sent before a cut does not cut again, because it is not about the new limit; but after
    /// this time refusals always count. AIStore behaviour: its load check delays a response by at most 100 ms.
    static constexpr std::chrono::milliseconds longest_round{1'000};
    /// Maximum Retry-After that stops a shard.
    static constexpr std::chrono::milliseconds longest_retry_after{60'000};
    /// The cluster counts as not overloaded after this time without a refusal. AIStore updates its load every 7.5 to 60
    /// s; refusals for pending requests come and go faster than this.
    static constexpr std::chrono::seconds calm_after{10};

    /// most: the maximum; at least 1.
    explicit request_limiter(unsigned most) noexcept;

    /// When the number of targets has become known. A limit that was never cut grows with it.
    void set_most(unsigned most) noexcept;

    bool may_send(time_point now) const noexcept { return under_way_ < limit_ && now >= not_before_; }

    void sent() noexcept;
    void accepted(time_point now) noexcept;
    /// The cluster is overloaded; retry_after is its Retry-After, if any.
    void refused(time_point now, std::optional<std::chrono::milliseconds> retry_after) noexcept;
    void over() noexcept;

    unsigned limit() const noexcept { return limit_; }
    unsigned under_way() const noexcept { return under_way_; }
    /// No request may be sent before this time: Retry-After.
    time_point not_before() const noexcept { return not_before_; }
    bool calm(time_point now) const noexcept { return !refused_at_ || now - *refused_at_ >= calm_after; }

private:
    bool in_round_of_last_cut(time_point now) noexcept;

    unsigned most_;
    unsigned limit_;
    unsigned under_way_ = 0;
    unsigned undecided_ = 0;    // of those in flight, neither accepted nor refused
    unsigned sent_before_ = 0;  // of those undecided, sent before the last cut
    unsigned acceptances_ = 0;  // since the limit changed
    time_point cut_at_{};
    time_point not_before_ = time_point::min();
    std::optional<time_point> refused_at_;
};

}  // namespace aisle::detail

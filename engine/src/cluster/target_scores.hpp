#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// Which targets do badly, and what to do with a redirect that leads to one. A plain struct, one a shard; a target is
/// whatever text names it, mostly "host:port".
///
/// The proxy picks the target by chance, so asking again mostly leads elsewhere. But AIStore behaviour: a redirect that
/// is not followed keeps one of the target's 256 pending places for a minute, and its peers push it the data all the
/// same. So only few are dropped; beyond that a short wait, and the target is used as it is.
class target_scores {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    enum class advice {
        follow,
        wait,      ///< for so long, then follow without asking again
        elsewhere  ///< do not follow, say dropped(), and ask the proxy again
    };
    struct opinion {
        advice what = advice::follow;
        milliseconds after{0};  ///< of advice::wait
    };

    // -- when a target is bad
    static constexpr unsigned failures_of_bad = 2;    ///< in a row; a single one may be the network's
    static constexpr std::size_t least_observed = 8;  ///< requests of a target, before its time says something
    static constexpr double times_of_slow = 4;  ///< as long as the median of the others; uneven objects alone make less
    static constexpr milliseconds least_difference{50};  ///< to that median; less is not worth another round trip
    /// The part of a request's time that does not grow with its entries: two hops, and AIStore's own preparation.
    static constexpr milliseconds fixed_part{10};

    // -- for how long
    static constexpr milliseconds first_penalty{1'000};
    static constexpr milliseconds longest_penalty{60'000};
    /// A probe that says nothing for so long (its batch was cancelled) makes way for another. Longer than AIStore's own
    /// wait for a silent peer (20 s).
    static constexpr milliseconds longest_probe{30'000};

    // -- how many redirects may be dropped
    static constexpr milliseconds pending_for{60'000};    ///< AIStore's idle time of what was prepared
    static constexpr std::size_t most_dropped = 8;        ///< of one target in that time: a 32nd of its places
    static constexpr unsigned redirects_per_dropped = 4;  ///< of all targets together
    static constexpr unsigned saved_drops = 4;            ///< earned by redirects and not used
    static constexpr milliseconds first_wait{25};
    static constexpr milliseconds longest_wait{250};

    // -- what is kept
    static constexpr std::size_t most_targets = 4096;     ///< of names that come in from outside
    static constexpr std::chrono::minutes gone_after{5};  ///< not named for so long: no reason to hope for it

    /// A redirect leads to this target: what to do with it. To be asked once a redirect.
    opinion judge(std::string_view target, time_point now);

    /// A redirect to it was not followed.
    void dropped(std::string_view target, time_point now);
    /// It answered so many entries, all it was asked for, in so long.
    void succeeded(std::string_view target, std::size_t entries, std::chrono::nanoseconds took, time_point now);
    /// It did not, for a reason that is its own: not for a missing entry, nor for a refusal for too much load.
    void failed(std::string_view target, time_point now);

    std::size_t size() const noexcept { return targets_.size(); }

private:
    struct score {
        time_point named{};
        unsigned failures = 0;     // in a row
        double per_entry = 0;      // smoothed nanoseconds, without the fixed part
        std::size_t observed = 0;  // how many times went into it
        milliseconds penalty{0};   // 0: good
        time_point bad_until{};    // behind it the penalty goes on for all but one probe at a time
        std::optional<time_point> probe_since;
        unsigned waits = 0;               // advised in a row
        std::vector<time_point> dropped;  // at most most_dropped, oldest first
    };

    score& at(std::string_view target, time_point now);
    bool may_probe(score const& s, time_point now) const noexcept;
    bool has_alternative(score const& s, time_point now) const noexcept;
    bool may_drop(score& s, time_point now) const;
    bool is_slow(score const& s, double per_entry);
    void punish(score& s, time_point now) noexcept;

    std::map<std::string, score, std::less<>> targets_;
    std::vector<double> others_;      // scratch of is_slow()
    double usual_entries_ = 0;        // of a request, smoothed over all targets
    unsigned redirects_unspent_ = 0;  // each redirects_per_dropped of these allow to drop one
};

}  // namespace aisle::detail

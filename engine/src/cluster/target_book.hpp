#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// What is known of each target as the assembler of batches (AIStore's designated target), and what follows from it:
/// whether a redirect is worth following, and when an answer is late. A plain struct, one a shard; the caller brings
/// the time. A target is named "host:port".
///
/// Everything is learned per target and never pooled: the usual is the median over the targets of what each of them
/// does, so that one slow or sick target moves nothing. A target is *sick* when its answers rested or failed twice in
/// a row while others did well, or when they take much longer than the others' (AIStore behaviour: a target that joined
/// or was restarted alone may never receive what its peers send it; each entry then rests for 20 s).
class target_book {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;
    using milliseconds = std::chrono::milliseconds;

    // -- when a target is sick
    static constexpr unsigned failures_of_sick = 2;   ///< in a row; a single one may be the network's
    static constexpr unsigned beaten_of_sick = 4;     ///< answers in a row that were late, and came from others first
    static constexpr std::size_t least_observed = 8;  ///< requests of a target before its time says something
    static constexpr double times_of_slow = 4;        ///< the median of the others, this many times over
    static constexpr milliseconds least_difference{50};  ///< to that median; less is not worth another round trip

    // -- for how long
    static constexpr milliseconds first_penalty{1'000};
    static constexpr milliseconds longest_penalty{60'000};
    /// A probe without a verdict for this long makes way for another. Longer than AIStore's own wait for a silent peer.
    static constexpr milliseconds longest_probe{30'000};
    /// After a 429 that names the target: its pending places are taken.
    static constexpr milliseconds full_for{250};

    // -- when an answer is late
    static constexpr std::size_t remembered = 32;     ///< requests of a target
    static constexpr std::size_t least_learned = 20;  ///< requests of all targets before anything is called late
    static constexpr duration least_late = milliseconds(20);   ///< a hedge costs two hops; nothing is gained earlier
    static constexpr duration least_rest = milliseconds(250);  ///< a shorter rest is never acted upon
    static constexpr duration longest_rest = milliseconds(5'000);
    static constexpr duration unknown_rest = milliseconds(1'000);  ///< of a stream, while nothing is learned
    static constexpr double times_of_rest = 4;                     ///< the usual longest rest of an answer

    // -- what is kept
    static constexpr std::size_t most_targets = 4096;  ///< of names that come from outside
    static constexpr std::chrono::minutes gone_after{5};

    enum class advice : std::uint8_t {
        follow,
        probe,  ///< follow, and ask elsewhere for the same entries: it is seen whether the target is well again
        leave   ///< follow, close at once, and ask the proxy again after `wait`
    };
    struct opinion {
        advice what = advice::follow;
        milliseconds wait{0};
    };

    /// A redirect of a Get-Batch request leads to this target. draws: how many redirects of this request were left
    /// before.
    opinion judge(std::string_view target, unsigned draws, time_point now);

    /// It answered all it was asked for: this many entries, in this time, with this longest rest in between.
    void succeeded(std::string_view target, std::size_t entries, duration took, duration rested, time_point now);
    /// Others answered before it did; it had taken this long by then.
    void beaten(std::string_view target, std::size_t entries, duration took, duration rested, time_point now);
    /// It did not, or rested, while other nodes had what it was asked for.
    void failed(std::string_view target, time_point now);
    /// It said 429: it has too many pending requests.
    void was_full(std::string_view target, time_point now);
    /// A probe ended without a verdict.
    void probe_over(std::string_view target, time_point now);
    /// Targets in service by the cluster's map; 0: unknown.
    void set_known(unsigned targets) noexcept { in_map_ = targets; }
    /// A map is here. has_left(name): by this map the target is not in service.
    template <class HasLeft>
    void forget_left(HasLeft has_left) {
        for (auto& [name, t] : targets_) t.left = has_left(std::string_view(name));
    }

    bool is_sick(std::string_view target) const;
    /// 1: as quick as the median of the others, or quicker; 0.5: twice as slow; 0: sick or full.
    double health(std::string_view target, time_point now) const;
    /// Told when a target turns sick, with how long it is left alone, and when it is well again. Must not throw.
    std::function<void(std::string_view target, bool sick, milliseconds penalty)> on_health = {};
    /// It has answered, and not failed since. Of one that has not, a rest is more than its turn.
    bool is_proven(std::string_view target) const;
    /// Targets that are sick or full now.
    unsigned sick(time_point now) const;
    /// True when more than half of the targets said 429 lately: the cluster as a whole is overloaded.
    bool most_are_full(time_point now) const;

    /// After this time a request of so many entries is late; nothing while too little is known.
    std::optional<duration> late(std::size_t entries) const noexcept;
    /// After a rest of this length something is wrong. streamed: entries come as they are assembled; else the answer
    /// rests until all of it is.
    duration rest_limit(bool streamed) const noexcept;

    std::size_t size() const noexcept { return targets_.size(); }

private:
    struct observation {
        std::int64_t took = 0;
        std::int64_t rested = 0;
        std::uint64_t entries = 0;
    };
    struct target {
        time_point named{};
        bool left = false;          // the cluster, by its map; no redirect has named it since
        unsigned beaten = 0;        // in a row
        bool has_answered = false;  // and not only been beaten to it
        unsigned failures = 0;      // in a row
        milliseconds before{0};     // the penalty it had, while it is on probation
        milliseconds penalty{0};    // 0: well
        time_point sick_until{};
        std::optional<time_point> probe_since;
        std::optional<time_point> full_at;
        std::array<observation, remembered> last{};
        std::uint64_t seen = 0;
        std::int64_t late = 0;    // 95th of a hundred, or half as much again as the median if that is more
        std::int64_t middle = 0;  // median
        std::int64_t rest = 0;    // 95th of a hundred
    };

    target& at(std::string_view name, time_point now);
    bool is_bad(target const& t, time_point now) const noexcept;
    std::optional<std::int64_t> usual_beside(target const& t) const;
    bool is_slow(target const& t) const;
    void tell_health(std::string_view name, target const& t, bool was_sick) const;
    void punish(target& t, time_point now);
    void remember(target& t, observation seen, time_point now);
    void learn(target& t) noexcept;
    void learn_usual(time_point now);

    std::map<std::string, target, std::less<>> targets_;
    unsigned in_map_ = 0;
    std::uint64_t bad_in_a_row_ = 0;  // redirects, over all requests, since one named a target that is well
    std::uint64_t seen_ = 0;
    std::int64_t late_ = 0;  // over the targets: the median of what each does
    std::int64_t rest_ = 0;
    std::uint64_t usual_entries_ = 1;
};

}  // namespace aisle::detail

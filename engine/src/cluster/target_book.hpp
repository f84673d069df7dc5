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

/// What is known of each target as the assembler of batches (AIStore's designated target), and what follows: whether to
/// follow a redirect, and when a response is late. A plain struct, one per shard; the caller passes the time. A target
/// is named "host:port".
///
/// Figures are per target and never pooled: the typical value is the median over the targets, so that one slow or sick
/// target does not change it. A target is *sick* if its responses stalled or failed twice in a row while those of
/// others did not, or if they take much longer than those of others (AIStore behaviour: a target that joined or
/// restarted alone may never receive what its peers send it; each entry then stalls for 20 s).
class target_book {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;
    using milliseconds = std::chrono::milliseconds;

    // -- when a target is sick
    static constexpr unsigned failures_of_sick = 2;      ///< in a row; a single failure may be the network's
    static constexpr unsigned beaten_of_sick = 4;        ///< late responses in a row; others were faster
    static constexpr std::size_t least_observed = 8;     ///< requests of a target before its time counts
    static constexpr double times_of_slow = 4;           ///< times the median of the others
    static constexpr milliseconds least_difference{50};  ///< to that median; less is not worth another round trip

    // -- for how long
    static constexpr milliseconds first_penalty{1'000};
    static constexpr milliseconds longest_penalty{60'000};
    /// After this time without a result, another probe may start. Longer than AIStore's own wait for a silent peer.
    static constexpr milliseconds longest_probe{30'000};
    /// After a 429 that names the target: it has too many pending requests.
    static constexpr milliseconds full_for{250};

    // -- when a response is late
    static constexpr std::size_t remembered = 32;     ///< requests of a target
    static constexpr std::size_t least_learned = 20;  ///< requests of all targets before anything counts as late
    static constexpr duration least_late = milliseconds(20);   ///< a hedge costs two hops; earlier gains nothing
    static constexpr duration least_rest = milliseconds(250);  ///< shorter stalls are ignored
    static constexpr duration longest_rest = milliseconds(5'000);
    static constexpr duration unknown_rest = milliseconds(1'000);  ///< of a stream, before anything is known
    static constexpr double times_of_rest = 4;                     ///< times the typical longest stall of a response

    // -- what is kept
    static constexpr std::size_t most_targets = 4096;  ///< names come from outside
    static constexpr std::chrono::minutes gone_after{5};

    enum class advice : std::uint8_t {
        follow,
        probe,  ///< follow, and request the same entries elsewhere: shows if the target is well again
        leave   ///< follow, close immediately, and send the request to the proxy again after `wait`
    };
    struct opinion {
        advice what = advice::follow;
        milliseconds wait{0};
    };

    /// A Get-Batch request is redirected to this target. draws: number of its redirects that were left before.
    opinion judge(std::string_view target, unsigned draws, time_point now);

    /// It delivered everything requested: this many entries, in this time, with this longest stall.
    void succeeded(std::string_view target, std::size_t entries, duration took, duration rested, time_point now);
    /// Others delivered everything before it did; it had taken this long by then.
    void beaten(std::string_view target, std::size_t entries, duration took, duration rested, time_point now);
    /// It failed or stalled, while other nodes had what was requested.
    void failed(std::string_view target, time_point now);
    /// It responded 429: too many pending requests.
    void was_full(std::string_view target, time_point now);
    /// A probe ended without a result.
    void probe_over(std::string_view target, time_point now);
    /// Targets in service according to the cluster map; 0: unknown.
    void set_known(unsigned targets) noexcept { in_map_ = targets; }
    /// A map has arrived. has_left(name): the target is not in service according to it.
    template <class HasLeft>
    void forget_left(HasLeft has_left) {
        for (auto& [name, t] : targets_) t.left = has_left(std::string_view(name));
    }

    bool is_sick(std::string_view target) const;
    /// 1: as fast as the median of the others, or faster; 0.5: half as fast; 0: sick or full.
    double health(std::string_view target, time_point now) const;
    /// Called when a target turns sick, with its penalty, and when it is well again. Must not throw.
    std::function<void(std::string_view target, bool sick, milliseconds penalty)> on_health = {};
    /// It has responded, and not failed since. For other targets, a stall is not just a queue.
    bool is_proven(std::string_view target) const;
    /// Number of targets that are sick or full.
    unsigned sick(time_point now) const;
    /// True if more than half of the targets recently responded 429: the whole cluster is overloaded.
    bool most_are_full(time_point now) const;

    /// The time after which a request of this many entries is late; nullopt while too little is known.
    std::optional<duration> late(std::size_t entries) const noexcept;
    /// A stall of this length indicates a fault. streamed: entries arrive as they are assembled; otherwise the response
    /// stalls until all of it is.
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
        bool left = false;          // not in the map; no redirect has named it since
        unsigned beaten = 0;        // in a row
        bool has_answered = false;  // and was not only overtaken
        unsigned failures = 0;      // in a row
        milliseconds before{0};     // the previous penalty, while on probation
        milliseconds penalty{0};    // 0: well
        time_point sick_until{};
        std::optional<time_point> probe_since;
        std::optional<time_point> full_at;
        std::array<observation, remembered> last{};
        std::uint64_t seen = 0;
        std::int64_t late = 0;    // 95th percentile, or 1.5 times the median if that is more
        std::int64_t middle = 0;  // median
        std::int64_t rest = 0;    // 95th percentile
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
    std::uint64_t bad_in_a_row_ = 0;  // redirects of all requests since one named a well target
    std::uint64_t seen_ = 0;
    std::int64_t late_ = 0;  // over the targets: the median of their values
    std::int64_t rest_ = 0;
    std::uint64_t usual_entries_ = 1;
};

}  // namespace aisle::detail

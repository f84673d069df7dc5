#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aisle::detail {

/// When a request is late enough to ask for its rest a second time, and whether the load of that may be afforded.
/// A plain struct, one a shard.
///
/// Late is: later than 95 of the last hundred. Load is bounded by what is asked for anyway: entries asked for twice
/// never exceed a twentieth of all entries asked for, however late everything is. So a cluster that is slow as a
/// whole, where a second request would only make it slower, gets no more than that.
class hedge_rule {
public:
    static constexpr std::size_t remembered = 128;    ///< requests: some seconds of them, or a minute on a slow cluster
    static constexpr std::size_t least_learned = 20;  ///< below, one of them is the 95th of a hundred
    /// A second request costs the proxy's work and two hops before its first byte; nothing is gained earlier.
    static constexpr std::chrono::nanoseconds least_delay = std::chrono::milliseconds(20);
    static constexpr std::size_t entries_per_hedged = 20;  ///< asked for once, for one asked for twice
    /// Typical requests' worth of hedges that may be saved up: enough for one stall of all that goes to one target, and
    /// no flood after hours without any.
    static constexpr std::size_t saved_requests = 4;

    /// A request of so many entries had its last sample so long after it began. Not for requests that failed, or that
    /// were hedged: hedged() counts those.
    void took(std::size_t entries, std::chrono::nanoseconds took) noexcept;

    /// How long after its beginning a request of so many entries is late; nothing while too little is known. For more
    /// entries than usual it is longer in proportion, for fewer it is the same: much of the time does not depend on
    /// them.
    std::optional<std::chrono::nanoseconds> due(std::size_t entries) const noexcept;

    /// A request of so many entries was sent, for the first time: earns a twentieth of them.
    void asked(std::size_t entries) noexcept;
    bool may_hedge(std::size_t entries_left) const noexcept;
    /// The rest of a late request was asked for again; may_hedge() said yes.
    void hedged(std::size_t entries_left) noexcept;

private:
    struct observation {
        std::int64_t nanoseconds = 0;
        std::uint64_t entries = 0;
    };

    void remember(observation seen) noexcept;
    void learn() noexcept;

    std::array<observation, remembered> last_{};
    std::uint64_t seen_ = 0;
    std::int64_t late_ = 0;      // the 95th of a hundred, or half as much again as the median if that is more
    std::uint64_t usual_ = 1;    // entries of a request: the mean of those remembered
    std::uint64_t credit_ = 0;   // in parts of an entry, entries_per_hedged to one
    std::uint64_t typical_ = 0;  // entries of a request, as asked
};

}  // namespace aisle::detail

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// Limits the cost of hedging: hedged entries never exceed a twentieth of all requested entries, however late
/// everything is. So a cluster that is slow as a whole gets at most that much extra load. A plain struct, one per
/// shard.
class hedge_budget {
public:
    static constexpr std::size_t entries_per_hedged = 20;  ///< requested once, per entry requested twice
    /// Maximum savings, in hedges of typical requests: enough for one stall of everything that goes to one target, and
    /// no flood after hours without hedges.
    static constexpr std::size_t saved_requests = 4;
    /// Initial credit for single entries: the very first batch may have a bad entry.
    static constexpr std::size_t at_first = 8;

    /// A request with this many entries was sent, for the first time: earns a twentieth of them.
    void asked(std::size_t entries) noexcept {
        typical_ = typical_ == 0 ? entries : (typical_ * 7 + entries + 7) / 8;
        credit_ = std::min<std::uint64_t>(credit_ + entries, std::max<std::uint64_t>(credit_, most()));
    }
    bool affords(std::size_t entries) const noexcept { return entries > 0 && entries <= credit_ / entries_per_hedged; }
    void spend(std::size_t entries) noexcept {
        credit_ -= std::min<std::uint64_t>(credit_, entries_per_hedged * entries);
    }

    /// Refunds hedged entries that did not arrive otherwise: they were no extra load.
    void give_back(std::size_t entries) noexcept {
        credit_ = std::min<std::uint64_t>(credit_ + entries_per_hedged * entries,
                                          std::max<std::uint64_t>({credit_, most(), at_first * entries_per_hedged}));
    }

private:
    std::uint64_t most() const noexcept { return saved_requests * entries_per_hedged * typical_; }

    std::uint64_t credit_ = at_first * entries_per_hedged;  // in 1/entries_per_hedged of an entry
    std::uint64_t typical_ = 0;                             // entries per request, smoothed
};

}  // namespace aisle::detail

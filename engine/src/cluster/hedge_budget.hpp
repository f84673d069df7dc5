#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// What asking twice may cost: entries asked for a second time never exceed a twentieth of all entries asked for,
/// however late everything is. So a cluster that is slow as a whole gets no more than that on top. A plain struct, one
/// a shard.
class hedge_budget {
public:
    static constexpr std::size_t entries_per_hedged = 20;  ///< asked for once, for one asked for twice
    /// Typical requests' worth of hedges that may be saved up: enough for one stall of all that goes to one target, and
    /// no flood after hours without any.
    static constexpr std::size_t saved_requests = 4;
    /// Single entries may be asked for before anything was earned: a bad entry may be in the very first batch.
    static constexpr std::size_t at_first = 8;

    /// A request of so many entries was sent, for the first time: earns a twentieth of them.
    void asked(std::size_t entries) noexcept {
        typical_ = typical_ == 0 ? entries : (typical_ * 7 + entries + 7) / 8;
        credit_ = std::min<std::uint64_t>(credit_ + entries, std::max<std::uint64_t>(credit_, most()));
    }
    bool affords(std::size_t entries) const noexcept { return entries > 0 && entries <= credit_ / entries_per_hedged; }
    void spend(std::size_t entries) noexcept {
        credit_ -= std::min<std::uint64_t>(credit_, entries_per_hedged * entries);
    }

    /// What was asked for a second time was not had otherwise, so that it was no load on top.
    void give_back(std::size_t entries) noexcept {
        credit_ = std::min<std::uint64_t>(credit_ + entries_per_hedged * entries,
                                          std::max<std::uint64_t>({credit_, most(), at_first * entries_per_hedged}));
    }

private:
    std::uint64_t most() const noexcept { return saved_requests * entries_per_hedged * typical_; }

    std::uint64_t credit_ = at_first * entries_per_hedged;  // in parts of an entry, entries_per_hedged to one
    std::uint64_t typical_ = 0;                             // entries of a request, as asked
};

}  // namespace aisle::detail

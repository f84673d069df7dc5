#pragma once

#include "../cluster/batch_counts.hpp"
#include "entry_planner.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <cstdint>

namespace aisle::playground {

/// What one batch adds to its target's counters. AIStore behaviour: everything is added when the batch ends, before the
/// last bytes of the response are sent.
class batch_tally {
public:
    batch_tally(batch_counts& of_target, entry_planner const& planner) : counts_(of_target), planner_(planner) {}
    /// Also counts a batch whose connection broke.
    ~batch_tally() { close(); }
    batch_tally(batch_tally const&) = delete;
    batch_tally& operator=(batch_tally const&) = delete;

    /// The entry's data was written completely. Not for placeholders.
    void sent(codec::get_batch_request_entry const& what, std::uint64_t bytes) noexcept;
    void failed() noexcept { failed_ = true; }
    /// Adds everything. Later calls have no effect.
    void close() noexcept;

private:
    batch_counts& counts_;
    entry_planner const& planner_;
    std::uint64_t objects_ = 0;
    std::uint64_t object_bytes_ = 0;
    std::uint64_t members_ = 0;
    std::uint64_t member_bytes_ = 0;
    bool failed_ = false;
    bool closed_ = false;
};

}  // namespace aisle::playground

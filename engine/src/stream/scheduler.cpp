#include "scheduler.hpp"

#include <aisle/slab.hpp>

#include <algorithm>

namespace aisle::detail {

bool scheduler::may_start(std::size_t held_batches, memory_view const& memory) const noexcept {
    if (tails_ >= max_tails(memory.budget_bytes)) return false;
    // The first batch in order may always start: with nothing in flight and nothing to consume, waiting would deadlock.
    if (active_ == 0 && held_batches == 0) return true;
    if (!has_place()) return false;
    if (held_batches >= 2 * std::size_t{window()} + 2) return false;
    // Without this, a batch whose parts wait for the memory of later batches would be fetched part by part, with
    // pauses.
    auto const next = measured_ ? std::clamp<std::size_t>(expected_bytes(last_entries_), 1, memory.budget_bytes) : 1;
    return memory.in_use_bytes + memory.reserved_bytes + next <= memory.budget_bytes;
}

unsigned scheduler::max_tails(std::size_t budget_bytes) const noexcept {
    auto const fit = budget_bytes / 8 / slab_pool::min_slab_bytes;
    return std::max(window(), static_cast<unsigned>(std::clamp<std::size_t>(fit, least_tails, most_tails)));
}

std::size_t scheduler::expected_bytes(std::size_t entries) const noexcept {
    return static_cast<std::size_t>(bytes_per_entry_ * static_cast<double>(entries));
}

void scheduler::started(std::size_t entries, clock::time_point now) noexcept {
    ++active_;
    last_entries_ = entries;
    tuner_.started(entries, now);
}

void scheduler::saw(std::uint64_t samples, std::uint64_t bytes, clock::time_point now) noexcept {
    tuner_.arrived(samples, now);
    if (measured_ || samples == 0) return;
    bytes_per_entry_ = static_cast<double>(bytes) / static_cast<double>(samples);
    measured_ = true;
}

void scheduler::answered(std::size_t entries, std::uint64_t bytes, clock::time_point now) noexcept {
    --active_;
    ++tails_;
    if (entries > 0 && bytes > 0) {
        double const seen = static_cast<double>(bytes) / static_cast<double>(entries);
        bytes_per_entry_ = measured_ ? bytes_per_entry_ + (seen - bytes_per_entry_) / 8 : seen;
        measured_ = true;
    }
    if (entries > 0 && bytes == 0) tuner_.arrived(entries, now);  // no entry exists: that is a result too
    tuner_.answered(now);
}

}  // namespace aisle::detail

#pragma once

#include "progress.hpp"
#include "stress_plan.hpp"

#include <aisle/error.hpp>
#include <aisle/stats.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::cli {

/// What must not happen to a sample.
enum class stress_trouble : std::uint8_t {
    failed,  ///< it could not be had
    wrong,   ///< it came, and is not what it has to be: in bytes, size or place, or it must not exist
    lost     ///< it exists, and was told to be missing, or not told of at all
};

/// "failed", "wrong" or "lost".
std::string_view to_string(stress_trouble t) noexcept;

/// What came of the batches asked for in one format and mode.
struct stress_tally_line {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;       ///< delivered
    std::uint64_t other_format = 0;  ///< batches that came in another format than the one asked for
    std::uint64_t faults = 0;        ///< batches whose answer had one, healed or not
};

/// Counts what a load comes to. Thread-safe.
class stress_tally {
public:
    /// So many troubles of a kind are kept in words.
    static constexpr std::size_t most_told = 10;

    struct told {
        stress_trouble what;
        std::string text;
    };
    using way_key = std::pair<std::string, bool>;  ///< format, streaming

    /// For the display.
    progress_counters const& counters() const noexcept { return counters_; }

    void add_delivered(std::uint64_t bytes) noexcept;
    void add_missing() noexcept { counters_.missing.fetch_add(1, std::memory_order_relaxed); }
    /// `count` samples went wrong in this way. on_trouble is told of the first ones.
    void add_trouble(stress_trouble what, std::string text, std::uint64_t count = 1);
    void add_batch(stress_way const& way, batch_report const& report);

    /// Set before the first trouble; called under the tally's lock.
    std::function<void(told const&)> on_trouble = {};

    // Once nobody adds any more.
    std::uint64_t count(stress_trouble what) const noexcept;
    std::uint64_t batches() const noexcept;
    std::vector<told> const& troubles() const noexcept { return told_; }
    std::map<way_key, stress_tally_line> const& ways() const noexcept { return ways_; }
    latency_histogram const& first_sample() const noexcept { return first_sample_; }
    latency_histogram const& last_sample() const noexcept { return last_sample_; }
    std::optional<error> const& first_fault() const noexcept { return first_fault_; }

private:
    std::atomic<std::uint64_t>& counter_of(stress_trouble what) noexcept;

    progress_counters counters_;
    mutable std::mutex mutex_;
    std::vector<told> told_;
    std::map<way_key, stress_tally_line> ways_;
    latency_histogram first_sample_;
    latency_histogram last_sample_;
    std::optional<error> first_fault_;
};

}  // namespace aisle::cli

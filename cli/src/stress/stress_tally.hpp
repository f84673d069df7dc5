#pragma once

#include "../progress/progress.hpp"
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

/// What can go wrong with a sample.
enum class stress_trouble : std::uint8_t {
    failed,  ///< it could not be fetched
    wrong,   ///< it arrived with wrong bytes, size or position, or does not exist
    lost     ///< it exists, but was reported as missing or not at all
};

/// "failed", "wrong" or "lost".
std::string_view to_string(stress_trouble t) noexcept;

/// Counts of the batches in one format and mode.
struct stress_tally_line {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;       ///< delivered
    std::uint64_t other_format = 0;  ///< batches that arrived in another format than requested
    std::uint64_t faults = 0;        ///< batches with an error in a response, recovered or not
};

/// Counts the results of a load. Thread-safe.
class stress_tally {
public:
    /// How many troubles of each kind are kept as text.
    static constexpr std::size_t most_texts = 10;

    struct trouble_text {
        stress_trouble what;
        std::string text;
    };
    using way_key = std::pair<std::string, bool>;  ///< format, streaming

    /// For the display.
    progress_counters const& counters() const noexcept { return counters_; }

    void add_delivered(std::uint64_t bytes) noexcept;
    void add_missing() noexcept { counters_.missing.fetch_add(1, std::memory_order_relaxed); }
    /// Counts `count` samples that went wrong. Calls on_trouble for the first ones of each kind.
    void add_trouble(stress_trouble what, std::string text, std::uint64_t count = 1);
    void add_batch(stress_way const& way, batch_report const& report);

    /// Set it before the first trouble. Called while the tally is locked.
    std::function<void(trouble_text const&)> on_trouble = {};

    // Call these only after the last add.
    std::uint64_t count(stress_trouble what) const noexcept;
    std::uint64_t batches() const noexcept;
    std::vector<trouble_text> const& troubles() const noexcept { return texts_; }
    std::map<way_key, stress_tally_line> const& ways() const noexcept { return ways_; }
    latency_histogram const& first_sample() const noexcept { return first_sample_; }
    latency_histogram const& last_sample() const noexcept { return last_sample_; }
    std::optional<error> const& first_fault() const noexcept { return first_fault_; }

private:
    std::atomic<std::uint64_t>& counter_of(stress_trouble what) noexcept;

    progress_counters counters_;
    mutable std::mutex mutex_;
    std::vector<trouble_text> texts_;
    std::map<way_key, stress_tally_line> ways_;
    latency_histogram first_sample_;
    latency_histogram last_sample_;
    std::optional<error> first_fault_;
};

}  // namespace aisle::cli

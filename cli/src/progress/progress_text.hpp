#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// The words for the items of a run.
struct progress_words {
    std::string_view items = "samples";
    std::string_view done = "delivered";
    bool may_be_missing = true;
};

/// The state of a run.
struct progress_state {
    progress_words words = {};
    std::uint64_t delivered = 0;
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> expected;  ///< total number of entries, if known or estimated
    std::uint32_t in_flight = 0;
    std::uint64_t retries = 0;
    std::uint64_t hedges = 0;
    std::uint64_t cold = 0;
    std::string trouble;                 ///< why nothing arrives at present; empty while something does
    std::optional<std::uint64_t> wrong;  ///< wrong or lost samples, if payloads are checked
    std::chrono::duration<double> elapsed{};
    /// Averages of the last seconds.
    double samples_per_s = 0;
    double bytes_per_s = 0;

    std::uint64_t answered() const noexcept { return delivered + missing + failed; }
};

/// One line for a terminal of this width: bar, counts, samples/s, MB/s, batches in flight, and the time left if the
/// total is known. The bar shrinks first; then items are left out from the right. While nothing arrives, the reason
/// replaces the rates, truncated to the width.
std::string bar_line(progress_state const& state, std::size_t columns);

/// The same for a log: "12,345 of 50,000 samples, 1.2 GB, 10,234 samples/s, 104.8 MB/s, 16 in flight, ETA
/// 0:04".
std::string log_line(progress_state const& state);

/// The totals of the run, with its average rates.
std::string closing_line(progress_state const& state);

}  // namespace aisle::cli

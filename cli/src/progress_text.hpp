#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// What a run calls what it counts.
struct progress_words {
    std::string_view items = "samples";
    std::string_view done = "delivered";
    bool may_be_missing = true;
};

/// Where a run stands.
struct progress_state {
    progress_words words = {};
    std::uint64_t delivered = 0;
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> expected;  ///< entries in all, where known or estimated
    std::uint32_t in_flight = 0;
    std::uint64_t retries = 0;
    std::uint64_t hedges = 0;
    std::uint64_t cold = 0;
    std::string trouble;                 ///< why nothing comes at present; empty while something does
    std::optional<std::uint64_t> wrong;  ///< where payloads are checked: samples that are wrong or lost
    std::chrono::duration<double> elapsed{};
    /// Of the last seconds, for the display of a run under way.
    double samples_per_s = 0;
    double bytes_per_s = 0;

    std::uint64_t answered() const noexcept { return delivered + missing + failed; }
};

/// One line for a terminal of this many columns: bar, counts, samples/s, MB/s, in flight, and the time left where the
/// total is known. What does not fit is left out from the right; the bar shrinks first. While nothing comes, the reason
/// stands there instead of the rates, cut where the line ends.
std::string bar_line(progress_state const& state, std::size_t columns);

/// The same in words for a log: "12,345 of 50,000 samples, 1.2 GB, 10,234 samples/s, 104.8 MB/s, 16 in flight, ETA
/// 0:04".
std::string log_line(progress_state const& state);

/// What the run came to, with its average rates.
std::string closing_line(progress_state const& state);

}  // namespace aisle::cli

#pragma once

#include "latency_recorder.hpp"

#include <aisle/stats.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// What each target was asked for and how it did. One thread, the shard's, notes each request as it ends; any other may
/// look meanwhile. The lock is taken to make a row and to look, so that noting waits for nobody but for a look while a
/// target is new.
class target_table {
public:
    /// Names come from outside: later ones share one row.
    static constexpr std::size_t most_targets = 1024;
    static constexpr std::string_view others = "others";

    /// One request that was led to the target and is over.
    struct request_end {
        std::uint64_t bytes = 0;
        std::uint64_t samples = 0;
        bool failed = false;
        bool refused = false;
        double health = 1;
        std::chrono::nanoseconds took{0};  ///< to the last sample; 0: not all came
    };
    void note(std::string_view target, request_end const& end);

    /// Adds what is known to rows with the same names, in the order of names. health: the worse of two.
    void add_to(std::vector<target_stats>& out) const;

private:
    struct row {
        std::atomic<std::uint64_t> requests{0};
        std::atomic<std::uint64_t> bytes{0};
        std::atomic<std::uint64_t> samples{0};
        std::atomic<std::uint64_t> failures{0};
        std::atomic<std::uint64_t> refusals{0};
        std::atomic<double> health{1};
        latency_recorder latency;
    };
    row& at(std::string_view target);

    mutable std::mutex mutex_;
    std::map<std::string, row, std::less<>> rows_;
};

/// Adds rows to those with the same names; both are and stay in the order of names.
void add_targets(std::vector<target_stats>& to, std::vector<target_stats> const& more);

}  // namespace aisle::detail

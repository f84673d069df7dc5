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

/// Requests and results of each target. The shard's thread records each request when it ends; any other thread may read
/// meanwhile. The lock is taken to create a row and to read. So recording waits only for a reader, and only when it
/// creates the row of a new target.
class target_table {
public:
    /// Names come from outside: after this many, new ones share one row.
    static constexpr std::size_t most_targets = 1024;
    static constexpr std::string_view others = "others";

    /// A finished request that was redirected to the target.
    struct request_end {
        std::uint64_t bytes = 0;
        std::uint64_t samples = 0;
        bool failed = false;  ///< as target_stats::failures says
        bool refused = false;
        std::chrono::nanoseconds took{0};  ///< to the last sample; 0: not all samples arrived
    };
    void note(std::string_view target, request_end const& end);
    /// Sets the health that the target's last request shows. No effect on a target without requests.
    void set_health(std::string_view target, double health);

    /// Adds its rows to those with the same names, ordered by name. health: the worse of two.
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
    using row_map = std::map<std::string, row, std::less<>>;
    row_map::iterator find(std::string_view target);
    row& at(std::string_view target);

    mutable std::mutex mutex_;
    row_map rows_;
};

/// Adds rows to those with the same names; both lists are ordered by name, and stay so.
void add_targets(std::vector<target_stats>& to, std::vector<target_stats> const& more);

}  // namespace aisle::detail

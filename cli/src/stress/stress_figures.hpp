#pragma once

#include "../text/cluster_text.hpp"
#include "stress_tally.hpp"

#include <aisle/stats.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace aisle::cli {

/// The results of a load, besides the counts in its tally. Rates are averages over `elapsed`.
struct stress_figures {
    std::uint64_t seed = 0;
    std::string bucket;
    std::uint64_t rounds = 0;
    std::chrono::duration<double> elapsed{};
    std::chrono::microseconds cpu{};  ///< of the whole process, including the checks
    std::uint64_t peak_rss_bytes = 0;
    std::uint64_t open_files_start = 0;  ///< before the first engine
    std::uint64_t open_files_most = 0;
    std::uint64_t open_files_end = 0;  ///< after the last engine
    engine_stats engines;              ///< sum over all engines
    cluster_report cluster;            ///< the targets' own counters during the load
    bool interrupted = false;
};

/// As a table for a terminal.
std::string to_table(stress_figures const& f, stress_tally const& tally);
/// As one line of JSON, with the keys that `aisle stress --help` lists.
std::string to_json(stress_figures const& f, stress_tally const& tally);

}  // namespace aisle::cli

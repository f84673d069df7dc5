#pragma once

#include "stress_tally.hpp"

#include <aisle/stats.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace aisle::cli {

/// What a load came to, beside what its tally counted. Rates are averages over `elapsed`.
struct stress_figures {
    std::uint64_t seed = 0;
    std::string bucket;
    std::uint64_t rounds = 0;
    std::chrono::duration<double> elapsed{};
    std::chrono::microseconds cpu{};  ///< of the whole process: making the load and checking it too
    std::uint64_t peak_rss_bytes = 0;
    std::uint64_t open_files_start = 0;  ///< before the first engine
    std::uint64_t open_files_most = 0;
    std::uint64_t open_files_end = 0;  ///< after the last engine
    engine_stats engines;              ///< of all engines together
    bool interrupted = false;
};

/// For people: a figure a line.
std::string to_table(stress_figures const& f, stress_tally const& tally);
/// For programs: one JSON object in one line, keys as in `aisle stress --help`.
std::string to_json(stress_figures const& f, stress_tally const& tally);

}  // namespace aisle::cli

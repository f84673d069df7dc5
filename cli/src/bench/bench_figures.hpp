#pragma once

#include "../text/cluster_text.hpp"

#include <aisle/stats.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace aisle::cli {

/// The results of a benchmark. Rates are averages over `elapsed`, which ends when the last response is complete.
struct bench_figures {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;  ///< delivered
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::chrono::duration<double> elapsed{};
    std::chrono::microseconds cpu{};
    std::chrono::duration<double, std::milli> first_sample{};  ///< since the start; 0 without samples
    std::uint64_t peak_rss_bytes = 0;
    std::uint32_t in_flight = 0;  ///< limit for batches in flight at the end of the run
    engine_stats engine;          ///< of the measured time only
    cluster_report cluster;       ///< the targets' own counters, of the measured time

    double samples_per_s() const;
    double bytes_per_s() const;
    double cpu_us_per_sample() const;
};

/// As a table for a terminal.
std::string to_table(bench_figures const& f);
/// As one line of JSON, with the keys that `aisle bench --help` lists.
std::string to_json(bench_figures const& f);

}  // namespace aisle::cli

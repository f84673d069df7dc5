#pragma once

#include <aisle/stats.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace aisle::cli {

/// What a benchmark measured. Rates are averages over `elapsed`, which ends when the last answer is wholly read.
struct bench_figures {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;  ///< delivered
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::chrono::duration<double> elapsed{};
    std::chrono::microseconds cpu{};
    std::chrono::duration<double, std::milli> first_sample{};  ///< from the start; 0 without samples
    std::uint64_t peak_rss_bytes = 0;
    std::uint32_t in_flight = 0;  ///< requests allowed in flight at the end
    engine_stats engine;          ///< of the time that was measured

    double samples_per_s() const;
    double bytes_per_s() const;
    double cpu_us_per_sample() const;
};

/// For people: a figure a line.
std::string to_table(bench_figures const& f);
/// For programs: one JSON object in one line, keys as in `aisle bench --help`.
std::string to_json(bench_figures const& f);

}  // namespace aisle::cli

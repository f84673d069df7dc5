#pragma once

#include "latency_record.hpp"

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
    latency_record batch_latency;                              ///< from a request's start to its last whole sample
    std::uint64_t peak_rss_bytes = 0;
    std::uint32_t in_flight = 0;  ///< requests allowed in flight at the end
    std::uint64_t connections = 0;
    std::uint64_t reads = 0;  ///< from sockets
    std::uint64_t retries = 0;
    std::uint64_t hedges = 0;
    std::uint64_t cold = 0;  ///< fetched from the bucket's backend

    double samples_per_s() const;
    double bytes_per_s() const;
    double cpu_us_per_sample() const;
};

/// For people: a figure a line.
std::string to_table(bench_figures const& f);
/// For programs: one JSON object in one line, keys as in `aisle bench --help`.
std::string to_json(bench_figures const& f);

}  // namespace aisle::cli

#pragma once

#include "exit_code.hpp"

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aisle::cli {

/// What `aisle stress` was asked for.
struct stress_options {
    engine_options engine;
    stream_options stream;  ///< what holds for every round: retries, hedging; the rest is the plan's
    std::optional<std::uint64_t> samples;
    std::chrono::milliseconds duration{60'000};  ///< where samples is not given
    std::string bucket;                          ///< "ais://name"; empty: a name of its own
    bool keep = false;
    unsigned engines = 2;
    unsigned streams = 2;  ///< at once, through each engine
    std::size_t batch_size = 64;
    std::vector<std::string> formats = {".tar", ".tgz", ".zip", ".tar.lz4"};
    std::uint64_t seed = 1;
    std::optional<std::string> report;  ///< file of the JSON, "-" for standard output
    bool quiet = false;
};

/// Makes a bucket, loads the cluster, checks everything that comes, prints what came, and takes the bucket away.
/// Throws usage_error, run_error and aisle::exception; the bucket is gone then too.
exit_code run_stress(stress_options const& options);

}  // namespace aisle::cli

#pragma once

#include "../exit_code.hpp"
#include "../watch/watch_options.hpp"

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aisle::cli {

/// The options of `aisle stress`.
struct stress_options {
    engine_options engine;
    stream_options stream;  ///< retries and hedging, for every round; the plan sets the rest
    std::optional<std::uint64_t> samples;
    std::chrono::milliseconds duration{60'000};  ///< used if samples is not given
    std::string bucket;                          ///< "ais://name"; empty: a random name
    bool keep = false;
    unsigned engines = 2;
    unsigned streams = 2;  ///< concurrent streams per engine
    std::size_t batch_size = 64;
    std::vector<std::string> formats = {".tar", ".tgz", ".zip", ".tar.lz4"};
    std::uint64_t seed = 1;
    std::optional<std::string> report;  ///< file for the JSON; "-" is standard output
    watch_options watch;
    bool quiet = false;
};

/// Runs `aisle stress`: creates a bucket, loads the cluster, checks everything that arrives, prints the results, and
/// destroys the bucket. Throws usage_error, run_error and aisle::exception; the bucket is destroyed then too.
exit_code run_stress(stress_options const& options);

}  // namespace aisle::cli

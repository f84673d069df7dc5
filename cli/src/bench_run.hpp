#pragma once

#include "batch_picker.hpp"
#include "exit_code.hpp"

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// What `aisle bench` was asked for.
struct bench_options {
    std::string bucket;
    engine_options engine;
    stream_options stream;
    std::size_t batch_size = 128;
    std::optional<std::uint64_t> batches;
    std::chrono::duration<double> duration{10};  ///< where batches is not given
    std::uint64_t warmup = 0;                    ///< batches before the clock starts
    pick_order order = pick_order::random;
    std::uint64_t seed = 1;
    bool json = false;
    bool quiet = false;
};

/// Measures and prints. Throws usage_error, run_error and aisle::exception.
exit_code run_bench(bench_options const& options);

}  // namespace aisle::cli

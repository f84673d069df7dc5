#pragma once

#include "../exit_code.hpp"
#include "../watch/watch_options.hpp"
#include "batch_picker.hpp"

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// The options of `aisle bench`.
struct bench_options {
    std::string bucket;
    engine_options engine;
    stream_options stream;
    std::size_t batch_size = 128;
    std::optional<std::uint64_t> batches;
    std::chrono::duration<double> duration{10};  ///< used if batches is not given
    std::uint64_t warmup = 0;                    ///< batches before the measurement
    pick_order order = pick_order::random;
    std::uint64_t seed = 1;
    watch_options watch;
    bool json = false;
    bool quiet = false;
};

/// Runs `aisle bench`. Throws usage_error, run_error and aisle::exception.
exit_code run_bench(bench_options const& options);

}  // namespace aisle::cli

#pragma once

#include "../exit_code.hpp"

#include <aisle/options.hpp>

#include <chrono>
#include <string>

namespace aisle::cli {

/// The options of `aisle check`.
struct check_options {
    engine_options engine;
    std::string bucket;                      ///< empty: the cluster only
    bool put = false;                        ///< store probe objects in the bucket, and remove them at the end
    std::chrono::milliseconds limit{5'000};  ///< for each request
    bool json = false;
};

/// Runs `aisle check`. Returns `failure` if a check failed. Throws usage_error, run_error and aisle::exception.
exit_code run_check(check_options const& options);

}  // namespace aisle::cli

#pragma once

#include "../exit_code.hpp"
#include "get_options.hpp"

namespace aisle::cli {

/// Runs `aisle get`. Throws usage_error, run_error and aisle::exception.
exit_code run_get(get_options const& options);

}  // namespace aisle::cli

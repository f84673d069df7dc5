#pragma once

#include "../exit_code.hpp"

#include <aisle/playground/server.hpp>

namespace aisle::cli {

/// Runs a playground server until SIGINT or SIGTERM. Prints its endpoint and commands to try on standard output.
/// Throws run_error and aisle::exception.
exit_code run_serve(playground::server_options const& options);

}  // namespace aisle::cli

#pragma once

#include "exit_code.hpp"

#include <functional>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds a subcommand with its options and help to the command line. What it returns runs the command once the command
/// line is parsed and says it was chosen.
std::function<exit_code()> add_get(CLI::App& app);
std::function<exit_code()> add_ls(CLI::App& app);
std::function<exit_code()> add_put(CLI::App& app);
std::function<exit_code()> add_bench(CLI::App& app);
std::function<exit_code()> add_stress(CLI::App& app);
std::function<exit_code()> add_serve(CLI::App& app);

}  // namespace aisle::cli

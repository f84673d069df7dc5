#pragma once

#include "exit_code.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Each function adds a subcommand with its options and help. It returns the function that runs the command, to be
/// called after parsing if the subcommand was chosen.
std::function<exit_code()> add_get(CLI::App& app);
std::function<exit_code()> add_ls(CLI::App& app);
std::function<exit_code()> add_put(CLI::App& app);
std::function<exit_code()> add_check(CLI::App& app);
std::function<exit_code()> add_bench(CLI::App& app);
std::function<exit_code()> add_stress(CLI::App& app);
std::function<exit_code()> add_serve(CLI::App& app);
/// app must outlive the function: it prints the definitions of all subcommands.
std::function<exit_code()> add_completions(CLI::App& app);
/// Likewise. version: of the command, without its name.
std::function<exit_code()> add_man(CLI::App& app, std::string version);

}  // namespace aisle::cli

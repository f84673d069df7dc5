#pragma once

#include <chrono>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace aisle::cli {

/// Adds an option whose value is a time of at least `least`, in the syntax of parse_duration(). The value that `into`
/// has now is shown as the default. `into` must live until the command line is parsed.
CLI::Option* add_duration_flag(CLI::App& command, std::string name, std::chrono::milliseconds& into, std::string help,
                               std::chrono::milliseconds least = std::chrono::milliseconds(1));

}  // namespace aisle::cli

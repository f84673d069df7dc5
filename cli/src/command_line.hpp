#pragma once

#include "exit_code.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace aisle::cli {

/// The command line: all subcommands with their options and help.
class command_line {
public:
    /// version: of the command, without its name.
    explicit command_line(std::string version);
    ~command_line();
    command_line(command_line const&) = delete;
    command_line& operator=(command_line const&) = delete;

    /// Parses the arguments and runs the chosen subcommand. Prints help, version and syntax errors itself; throws what
    /// the subcommand throws: usage_error, run_error, aisle::exception.
    exit_code run(int argc, char** argv);

    /// The definitions, for tests. Valid as long as this object.
    CLI::App& definitions() noexcept { return *app_; }

private:
    std::unique_ptr<CLI::App> app_;
    std::vector<std::pair<std::string, std::function<exit_code()>>> commands_;
};

}  // namespace aisle::cli

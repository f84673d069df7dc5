#include "command_line.hpp"

#include "commands.hpp"
#include "manual/help_formatter.hpp"

#include <CLI/CLI.hpp>

namespace aisle::cli {

command_line::command_line(std::string version)
    : app_(std::make_unique<CLI::App>("Fetches data from AIStore in batches (Get-Batch): fast, in order, checked",
                                      "aisle")) {
    app_->formatter(std::make_shared<help_formatter>());
    app_->set_version_flag("--version", "aisle " + version, "Print the version and exit");
    app_->require_subcommand(1);
    app_->footer(
        "aisle COMMAND --help shows the options of a command, with examples. The cluster is given by --endpoint\n"
        "or AIS_ENDPOINT; the default is http://localhost:8080.");
    commands_ = {{"get", add_get(*app_)},
                 {"ls", add_ls(*app_)},
                 {"put", add_put(*app_)},
                 {"check", add_check(*app_)},
                 {"bench", add_bench(*app_)},
                 {"stress", add_stress(*app_)},
                 {"serve", add_serve(*app_)},
                 {"completions", add_completions(*app_)},
                 {"man", add_man(*app_, std::move(version))}};
}

command_line::~command_line() = default;

exit_code command_line::run(int argc, char** argv) {
    try {
        app_->parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return app_->exit(e) == 0 ? exit_code::success : exit_code::usage;
    }
    for (auto const& [name, command] : commands_)
        if (app_->got_subcommand(name)) return command();
    return exit_code::usage;
}

}  // namespace aisle::cli

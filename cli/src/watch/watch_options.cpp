#include "watch_options.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <utility>

namespace aisle::cli {
namespace {

constexpr char const* group = "Monitoring";

void add_address(CLI::App& command, std::string name, std::optional<listen_address>& into, std::string help) {
    command
        .add_option_function<std::string>(
            name,
            [name, &into](std::string const& text) {
                into = parse_listen_address(text);
                if (!into) throw CLI::ValidationError(name, "'" + text + "' is neither PORT nor HOST:PORT");
            },
            std::move(help))
        ->type_name("[HOST:]PORT")
        ->group(group);
}

}  // namespace

void add_watch_flags(CLI::App& command, watch_options& options) {
    add_address(
        command, "--ui", options.page,
        "Serve a live page of the run on this port. Without HOST only this machine can open it. 0: any free port");
    add_address(command, "--metrics", options.metrics,
                "Serve the run's figures in Prometheus' text format at /metrics on this port");
}

void add_cluster_flag(CLI::App& command, watch_options& options) {
    command
        .add_flag("--cluster-metrics", options.cluster,
                  "Fetch the targets' own Get-Batch counters and include them in the figures. Implied by --ui and "
                  "--metrics")
        ->group(group);
}

}  // namespace aisle::cli

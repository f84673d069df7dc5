#pragma once

#include "page/listen_address.hpp"

#include <optional>

namespace CLI {
class App;
}

namespace aisle::cli {

/// How a run can be watched while it lasts.
struct watch_options {
    std::optional<listen_address> page;     ///< --ui: the live page
    std::optional<listen_address> metrics;  ///< --metrics: Prometheus' text
    bool cluster = false;                   ///< --cluster-metrics

    /// True if the targets' counters are polled: the page and the metrics include them.
    bool wants_cluster() const noexcept { return cluster || page || metrics; }
};

/// Adds --ui and --metrics to a command. options must outlive the parsing.
void add_watch_flags(CLI::App& command, watch_options& options);
/// Adds --cluster-metrics, to a command that prints figures at its end.
void add_cluster_flag(CLI::App& command, watch_options& options);

}  // namespace aisle::cli

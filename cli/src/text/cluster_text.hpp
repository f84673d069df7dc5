#pragma once

#include <aisle/cluster_stats.hpp>

#include <optional>
#include <string>

namespace aisle::cli {

/// The targets' own counters during a run, which include all clients.
struct cluster_report {
    bool asked = false;                     ///< the counters were requested
    std::optional<cluster_stats> interval;  ///< nothing: not available
    std::string why;                        ///< why the last poll failed; safe for a terminal; empty if it did not
};

/// Lines of a table: the sum of all targets, and a line for each target with waits or errors. Nothing if they were not
/// requested.
void append_cluster(std::string& out, cluster_report const& report);
/// ,"cluster":{...}: a further member of a JSON object. Empty if they were not requested.
std::string cluster_json(cluster_report const& report);

}  // namespace aisle::cli

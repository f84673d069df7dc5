#pragma once

#include "cluster_text.hpp"

#include <aisle/stats.hpp>

#include <string>

namespace aisle::cli {

/// Appends lines of a table: the latency of each step of a request, a line per target (only the slowest if there are
/// many), the targets' own counters, and what the run was bound by.
void append_stats(std::string& out, engine_stats const& interval, cluster_report const& cluster = {});
/// The same as members of a JSON object, with a leading comma:
/// ,"latency_ms":{...},"targets":[...],"cluster":{...},"bound_by":{...}. "cluster" only if it was requested.
std::string stats_json(engine_stats const& interval, cluster_report const& cluster = {});

}  // namespace aisle::cli

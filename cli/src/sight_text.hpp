#pragma once

#include <aisle/stats.hpp>

#include <string>

namespace aisle::cli {

/// What tables and JSON reports say of where the time went: in which step, at which target, and what was the bound.

/// Lines of a table: each step's latency, a line for each target (the slowest, where there are many), and the verdict.
void append_sight(std::string& out, engine_stats const& interval);
/// ,"latency_ms":{...},"targets":[...],"bound_by":{...}: members of a JSON object that has some already.
std::string sight_json(engine_stats const& interval);

}  // namespace aisle::cli

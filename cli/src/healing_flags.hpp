#pragma once

#include <aisle/options.hpp>

#include <string>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds --attempts, --retry-for and --reach-within. what: what is tried, at the start of a sentence. retry must live
/// until the command line is parsed.
void add_retry_flags(CLI::App& command, retry_options& retry, std::string const& what);

/// Adds how long a cluster in trouble is tried for, and whether late batches are asked for twice. stream must live
/// until the command line is parsed.
void add_healing_flags(CLI::App& command, stream_options& stream);
/// Adds a limit of the whole run. Likewise.
void add_deadline_flag(CLI::App& command, stream_options& stream);

}  // namespace aisle::cli

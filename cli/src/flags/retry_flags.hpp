#pragma once

#include <aisle/options.hpp>

#include <string>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds --attempts, --retry-for and --reach-within. what: what is retried, as the subject of a sentence ("A file").
/// retry must live until the command line is parsed.
void add_retry_flags(CLI::App& command, retry_options& retry, std::string const& what);

/// Adds the retry options and --no-hedging. stream must live until the command line is parsed.
void add_recovery_flags(CLI::App& command, stream_options& stream);
/// Adds --deadline. stream must live until the command line is parsed.
void add_deadline_flag(CLI::App& command, stream_options& stream);

}  // namespace aisle::cli

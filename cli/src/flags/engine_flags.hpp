#pragma once

#include <aisle/options.hpp>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds --endpoint and the options for TLS and the token. engine must live until the command line is parsed.
void add_connection_flags(CLI::App& command, engine_options& engine);

/// Adds the options of every command that talks to a cluster: endpoint, memory, time limits, TLS, token, log.
/// engine must live until the command line is parsed.
void add_engine_flags(CLI::App& command, engine_options& engine);

}  // namespace aisle::cli

#pragma once

#include <aisle/options.hpp>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds the options of everything that speaks to a cluster: endpoint, memory, time limits, TLS, token.
/// engine must live until the command line is parsed.
void add_engine_flags(CLI::App& command, engine_options& engine);

}  // namespace aisle::cli

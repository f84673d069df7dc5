#pragma once

#include <aisle/options.hpp>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds the options that `get` and `bench` share: those of the engine and of healing, a deadline, requests in flight,
/// format and mode.
/// The references must live until the command line is parsed.
void add_stream_flags(CLI::App& command, engine_options& engine, stream_options& stream);

}  // namespace aisle::cli

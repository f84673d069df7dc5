#pragma once

#include <aisle/options.hpp>

namespace CLI {
class App;
}

namespace aisle::cli {

/// Adds the options that `get` and `bench` share: engine, retries, deadline, batches in flight, format, mode.
/// engine and stream must live until the command line is parsed.
void add_stream_flags(CLI::App& command, engine_options& engine, stream_options& stream);

}  // namespace aisle::cli

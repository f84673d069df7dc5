#pragma once

#include "exit_code.hpp"

#include <aisle/options.hpp>

#include <string>
#include <vector>

namespace aisle::cli {

/// What `aisle put` was asked for.
struct put_options {
    std::vector<std::string> arguments;  ///< files, and the place in a bucket behind them
    engine_options engine;
    retry_options retry;
    unsigned in_flight = 8;
    bool quiet = false;
};

/// A file and the name of the object it becomes.
struct put_item {
    std::string file;
    std::string object;
};

/// Names the objects as cp names files: the last component of each file's name behind `rest`, which is a folder when it
/// is empty, ends with a slash, or there are several files; otherwise it is the name of the one object. Throws
/// usage_error for a file without a name of its own, such as "..", and for two files of one name.
std::vector<put_item> put_items(std::vector<std::string> const& files, std::string const& rest);

/// Stores the files. `failure` when one could not be stored, with a line on standard error for each of the first ten.
exit_code run_put(put_options const& options);

}  // namespace aisle::cli

#pragma once

#include "../exit_code.hpp"

#include <aisle/options.hpp>

#include <string>
#include <vector>

namespace aisle::cli {

/// The options of `aisle put`.
struct put_options {
    std::vector<std::string> arguments;  ///< files, and last the destination in a bucket
    engine_options engine;
    retry_options retry;
    unsigned in_flight = 8;
    bool quiet = false;
};

/// A file and the name of its object.
struct put_item {
    std::string file;
    std::string object;
};

/// Names the objects as cp names files. `rest` is a folder if it is empty, ends with a slash, or there are several
/// files: then each object is named by its file's last component in that folder. Otherwise it is the name of the one
/// object. Throws usage_error for a path without a file name, such as "..", and if two files map to the same object.
std::vector<put_item> put_items(std::vector<std::string> const& files, std::string const& rest);

/// Runs `aisle put`. Prints a line for each of the first ten files that could not be stored; then the result is
/// `failure`. Throws usage_error and aisle::exception.
exit_code run_put(put_options const& options);

}  // namespace aisle::cli

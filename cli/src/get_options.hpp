#pragma once

#include <aisle/options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace aisle::cli {

/// What `aisle get` was asked for. Checked by check_outputs() before anything is done.
struct get_options {
    std::vector<std::string> names;    ///< entries on the command line
    std::optional<std::string> input;  ///< file of JSON lines, "-" for standard input
    std::string bucket;                ///< default bucket, possibly empty
    engine_options engine;
    stream_options stream;
    unsigned batch_size = automatic;

    std::optional<std::string> out;  ///< folder
    std::optional<std::string> tar;  ///< file, "-" for standard output
    bool discard = false;
    std::optional<std::string> report;  ///< file, "-" for standard output
    bool sha256 = false;
    bool strict = false;  ///< an answer that is faulty after its last sample makes the run fail
    bool quiet = false;
};

/// Throws usage_error unless there is one kind of input, at most one output (exactly one unless there is a report),
/// and no two streams on standard output.
void check_outputs(get_options const& options);

}  // namespace aisle::cli

#pragma once

#include "../watch/watch_options.hpp"

#include <aisle/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aisle::cli {

/// The options of `aisle get`. check_outputs() checks them before anything is done.
struct get_options {
    std::vector<std::string> names;       ///< entries on the command line
    std::optional<std::string> input;     ///< file of JSON lines; "-" is standard input
    std::string bucket;                   ///< default bucket, possibly empty
    std::optional<std::string> prefix;    ///< list the default bucket, and fetch the objects with this prefix
    std::optional<std::uint64_t> sample;  ///< only this many of them
    std::uint64_t seed = 1;               ///< of the sample
    engine_options engine;
    stream_options stream;
    unsigned batch_size = automatic;

    std::optional<std::string> out;  ///< folder
    std::optional<std::string> tar;  ///< file; "-" is standard output
    bool discard = false;
    std::optional<std::string> report;  ///< file; "-" is standard output
    std::optional<std::string> resume;  ///< report of an earlier run, which is continued
    bool sha256 = false;
    bool strict = false;  ///< a response that is damaged after its last sample fails the run
    watch_options watch;
    bool quiet = false;
};

/// Throws usage_error unless there is one kind of input, one output (or none, if there is a report), and at most one
/// stream on standard output; and if an output cannot be resumed.
void check_outputs(get_options const& options);

}  // namespace aisle::cli

#pragma once

#include "exit_code.hpp"

#include <aisle/object_listing.hpp>
#include <aisle/options.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// What `aisle ls` was asked for.
struct ls_options {
    std::string where;  ///< "ais://bucket" or "ais://bucket/prefix"
    engine_options engine;
    list_options list;  ///< without its stop token
    bool long_lines = false;
    bool json = false;
    std::optional<std::uint64_t> limit = {};  ///< lines at most
};

/// Lists to standard output. `missing` when a prefix was given and nothing begins with it, `failure` when an archive
/// could not be read. Throws what main() tells.
exit_code run_ls(ls_options const& options);

}  // namespace aisle::cli

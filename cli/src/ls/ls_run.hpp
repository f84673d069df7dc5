#pragma once

#include "../exit_code.hpp"

#include <aisle/object_listing.hpp>
#include <aisle/options.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// The options of `aisle ls`.
struct ls_options {
    std::string where;  ///< "ais://bucket" or "ais://bucket/prefix"
    engine_options engine;
    list_options list;  ///< its stop token is not used
    bool long_lines = false;
    bool json = false;
    std::optional<std::uint64_t> limit = {};  ///< maximum number of lines
};

/// Runs `aisle ls`. Returns `missing` if no name starts with the given prefix, `failure` if an archive is unreadable.
/// Throws usage_error, run_error and aisle::exception.
exit_code run_ls(ls_options const& options);

}  // namespace aisle::cli

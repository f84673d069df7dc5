#pragma once

#include <aisle/object_info.hpp>

#include <string>
#include <string_view>

namespace aisle::cli {

/// A line of `aisle ls`: "object" or "archive/member", safe for a terminal.
std::string name_line(object_info const& o);
/// A line of `aisle ls --long`: size, state, checksum, name. The state is "cached"; "backend" for an object that is not
/// in the cluster; "archive"; "member"; or "unreadable" for an archive whose members cannot be listed.
std::string long_line(object_info const& o);
/// A line of JSON that `aisle get --input` accepts: bucket, object, archpath, size; with details also checksum,
/// version, location and state.
std::string json_line(object_info const& o, std::string_view bucket, bool details);

}  // namespace aisle::cli

#pragma once

#include <aisle/object_info.hpp>

#include <string>
#include <string_view>

namespace aisle::cli {

/// One line of `aisle ls`: "object" or "archive/member", safe for a terminal.
std::string name_line(object_info const& o);
/// The same behind its size, its state and its checksum. State: "cached"; "backend" for what is not in the cluster;
/// "archive"; "member"; "unreadable" for an archive whose members cannot be listed.
std::string long_line(object_info const& o);
/// A JSON object, as `aisle get --input` takes it: bucket, object, archpath, size, and with the details checksum,
/// version, location and state.
std::string json_line(object_info const& o, std::string_view bucket, bool details);

}  // namespace aisle::cli

#pragma once

#include <aisle/log.hpp>

#include <string>

namespace aisle::cli {

/// A hook that writes each event as one JSON object in a line of its own, at once: "time" (UTC, RFC 3339), "level",
/// "event", and the event's fields. path: a file that is begun anew, or "-" for standard error. A line that cannot be
/// written is left out. Throws usage_error when the file cannot be opened.
log_hook log_to(std::string const& path);

}  // namespace aisle::cli

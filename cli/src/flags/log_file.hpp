#pragma once

#include <aisle/log.hpp>

#include <string>

namespace aisle::cli {

/// Returns a hook that writes each event immediately as one line of JSON: "time" (UTC, RFC 3339), "level", "event", and
/// the event's fields. path: a file, which is truncated, or "-" for standard error. Write errors are ignored. The hook
/// is thread-safe. Throws usage_error when the file cannot be opened.
log_hook log_to(std::string const& path);

}  // namespace aisle::cli

#pragma once

#include <aisle/log.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace aisle::cli {

/// The fields of an event as a JSON object.
std::string event_fields_json(std::span<log_field const> fields);

/// An event as a line with one JSON object: "time" (UTC, RFC 3339), "level", "event", then the fields.
std::string event_line(std::chrono::system_clock::time_point at, log_level level, std::string_view event,
                       std::span<log_field const> fields);

}  // namespace aisle::cli

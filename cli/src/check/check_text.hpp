#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// The time in a Date field of HTTP (RFC 9110, section 5.6.7); nothing if it is invalid.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string const& text);

/// When a token expires, if it is a JSON Web Token with that claim (RFC 7519). authorization: "Bearer TOKEN".
std::optional<std::chrono::system_clock::time_point> token_expiry(std::string_view authorization);

/// The version of AIStore in the response to ?what=node_status; empty if it has none.
std::string version_in(std::string const& json);

}  // namespace aisle::cli

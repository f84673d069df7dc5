#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aisle::base {

/// Percent-encodes text for a URL: unreserved characters and those in `kept` stay, all others become %XX (RFC 3986,
/// sections 2.1 and 2.3). With no `kept` the result is one path segment, or one name or value of a query.
std::string percent_encode(std::string_view text, std::string_view kept = {});

/// The reverse. Nothing when an escape is incomplete or has no hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace aisle::base

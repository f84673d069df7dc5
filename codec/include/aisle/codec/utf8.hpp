#pragma once

#include <string_view>

namespace aisle::codec {

/// True if the text is well-formed UTF-8 (RFC 3629). AIStore replaces invalid bytes by U+FFFD and then looks for a
/// different object: reject such names before sending.
bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace aisle::codec

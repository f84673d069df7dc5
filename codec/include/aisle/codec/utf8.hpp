#pragma once

#include <string_view>

namespace aisle::codec {

/// True when the text is well-formed UTF-8 (RFC 3629). AIStore replaces what is not by U+FFFD and so looks for another
/// object: refuse such names before sending.
bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace aisle::codec

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Appends the standard padded form (RFC 4648, section 4), the only one AIStore accepts for `opaque`.
void append_base64(std::string& out, std::span<std::byte const> bytes);

/// Decodes standard padded base64. Returns nothing for anything else: the url-safe alphabet, missing padding, line
/// breaks, or non-zero bits in the unused part of the last digit.
std::optional<std::vector<std::byte>> decode_base64(std::string_view text);

}  // namespace aisle::codec

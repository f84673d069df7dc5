#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Appends the standard padded form (RFC 4648, section 4), the only one AIStore takes for `opaque`.
void append_base64(std::string& out, std::span<std::byte const> bytes);

/// The bytes of a standard padded text. Nothing when it is anything else: the url-safe alphabet, missing padding, line
/// breaks, or bits set that the padding should have left zero.
std::optional<std::vector<std::byte>> decode_base64(std::string_view text);

}  // namespace aisle::codec

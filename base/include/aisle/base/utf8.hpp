#pragma once

#include <cstddef>
#include <string_view>

namespace aisle::base {

/// Length in bytes of the well-formed UTF-8 sequence at the start of text (RFC 3629, section 4), or 0.
std::size_t utf8_sequence_bytes(std::string_view text) noexcept;

}  // namespace aisle::base

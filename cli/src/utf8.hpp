#pragma once

#include <cstddef>
#include <string_view>

namespace aisle::cli {

/// Length in bytes of the well-formed UTF-8 sequence at the front of text (RFC 3629), 0 when there is none.
std::size_t utf8_sequence(std::string_view text) noexcept;

}  // namespace aisle::cli

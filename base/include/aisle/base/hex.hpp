#pragma once

#include <string>
#include <string_view>

namespace aisle::base {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view upper_hex_digits = "0123456789ABCDEF";

/// The value of a hexadecimal digit in either case; -1 for any other character.
constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Appends a byte as two hexadecimal digits.
inline void append_hex(std::string& out, char byte, std::string_view digits = hex_digits) {
    auto const value = static_cast<unsigned char>(byte);
    out += digits[value >> 4];
    out += digits[value & 15];
}

}  // namespace aisle::base

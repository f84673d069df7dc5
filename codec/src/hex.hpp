#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>

namespace aisle::codec {

/// Two lower-case hexadecimal digits a byte.
inline std::string hex_of(std::span<std::byte const> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (auto const b : bytes) {
        out += digits[std::to_integer<unsigned>(b) >> 4];
        out += digits[std::to_integer<unsigned>(b) & 15];
    }
    return out;
}

/// The same of a number's bytes, the most significant first: what Go's hash.Hash.Sum gives of a number.
template <std::unsigned_integral Number>
std::string hex_of(Number number) {
    std::array<std::byte, sizeof(Number)> bytes{};
    for (auto at = bytes.size(); at-- > 0; number = static_cast<Number>(number >> 8))
        bytes[at] = static_cast<std::byte>(number & 255);
    return hex_of(std::span<std::byte const>(bytes));
}

}  // namespace aisle::codec

#pragma once

#include <aisle/base/hex.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>

namespace aisle::codec {

/// Two lower-case hexadecimal digits per byte.
inline std::string hex_of(std::span<std::byte const> bytes) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (auto const b : bytes) base::append_hex(out, static_cast<char>(b));
    return out;
}

/// The same for a number's bytes, most significant first, like Go's hash.Hash.Sum.
template <std::unsigned_integral Number>
std::string hex_of(Number number) {
    std::array<std::byte, sizeof(Number)> bytes{};
    for (auto at = bytes.size(); at-- > 0; number = static_cast<Number>(number >> 8))
        bytes[at] = static_cast<std::byte>(number & 255);
    return hex_of(std::span<std::byte const>(bytes));
}

}  // namespace aisle::codec

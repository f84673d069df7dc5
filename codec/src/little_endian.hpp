#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::codec {

// Precondition: `bytes` is long enough.
constexpr std::uint16_t little_endian_16(std::span<std::byte const> bytes) noexcept {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) | std::to_integer<unsigned>(bytes[1]) << 8);
}

constexpr std::uint32_t little_endian_32(std::span<std::byte const> bytes) noexcept {
    return little_endian_16(bytes) | static_cast<std::uint32_t>(little_endian_16(bytes.subspan(2))) << 16;
}

}  // namespace aisle::codec

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::codec {

// crc: the CRC of the preceding bytes; 0 to start. The ISA-L versions exist only if the build found ISA-L
// (AISLE_HAS_ISAL).

/// CRC-32 like crc32(), by ISA-L and by zlib.
std::uint32_t crc32_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;
std::uint32_t crc32_zlib(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// CRC-32C (RFC 3720, appendix B.4), by ISA-L and by a table, byte by byte.
std::uint32_t crc32c_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;
std::uint32_t crc32c_table(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// The fastest version in this build.
std::uint32_t crc32c(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

}  // namespace aisle::codec

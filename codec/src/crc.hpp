#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::codec {

// Each is continued from the CRC of the bytes before, 0 to begin. Those of ISA-L only in builds that found it
// (AISLE_HAS_ISAL).

/// CRC-32 as in crc32(), by ISA-L and by zlib.
std::uint32_t crc32_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;
std::uint32_t crc32_zlib(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// CRC-32C (RFC 3720, appendix B.4), by ISA-L and by a table, a byte at a time.
std::uint32_t crc32c_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;
std::uint32_t crc32c_table(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// The faster one of this build.
std::uint32_t crc32c(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

}  // namespace aisle::codec

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aisle::codec {

/// Everything in a tar archive is a multiple of this (POSIX.1-2017, pax, "ustar Interchange Format").
inline constexpr std::size_t tar_block_bytes = 512;

using tar_block = std::span<std::byte const, tar_block_bytes>;

/// Zero bytes between a payload of this size and the next header.
constexpr std::uint64_t tar_padding(std::uint64_t payload_bytes) noexcept {
    return (tar_block_bytes - payload_bytes % tar_block_bytes) % tar_block_bytes;
}

/// The fields of a header block that matter to a reader. Views into the block.
struct tar_header {
    /// Most bytes that prefix, '/' and name have together.
    static constexpr std::size_t max_name_bytes = 256;

    std::string_view name;    ///< up to 100 bytes, without its NUL
    std::string_view prefix;  ///< to be joined before name with '/'; empty unless the block is POSIX ustar
    std::uint64_t size = 0;   ///< of what follows the block; meaningless for types without payload
    char type = '0';          ///< the typeflag byte
};

/// What a 512-byte block turned out to be.
enum class tar_block_kind : std::uint8_t {
    header,        ///< decoded
    zeros,         ///< one half of the end mark
    bad_checksum,  ///< the checksum field does not fit the bytes: not a header, or a damaged one
    bad_size       ///< the size is not a number, is negative, or does not fit 63 bits
};

/// Decodes one block: v7, POSIX ustar, GNU and star. Pure, never fails to return.
tar_block_kind decode_tar_header(tar_block block, tar_header& out) noexcept;

/// Sum of the block's bytes as unsigned numbers.
std::uint32_t tar_byte_sum(tar_block block) noexcept;

/// The same without vector instructions, as built where there is no SSE2. For comparison in tests.
std::uint32_t tar_byte_sum_portable(tar_block block) noexcept;

/// A number field: octal digits amid spaces and NULs (POSIX), or base-256 big-endian when the top bit is set (GNU).
/// False when it is neither, negative, or over 2^63-1. An empty field is 0.
bool parse_tar_number(std::span<std::byte const> field, std::uint64_t& out) noexcept;

}  // namespace aisle::codec

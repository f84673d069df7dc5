#pragma once

#include <aisle/codec/tar/tar_header.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace aisle::test {

/// decode_tar_header() field by field and byte by byte, without the ways round that codec has for the usual header.
inline codec::tar_block_kind reference_header(codec::tar_block block, codec::tar_header& out) {
    std::string_view const bytes(reinterpret_cast<char const*>(block.data()), block.size());
    auto const text = [&](std::size_t at, std::size_t size) {
        auto const field = bytes.substr(at, size);
        return field.substr(0, field.find('\0'));
    };
    constexpr std::size_t sum_begin = 148;
    constexpr std::size_t sum_end = 156;
    std::int64_t unsigned_sum = 0;
    std::int64_t signed_sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        char const c = i >= sum_begin && i < sum_end ? ' ' : bytes[i];
        unsigned_sum += static_cast<unsigned char>(c);
        signed_sum += static_cast<signed char>(c);
    }
    if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; })) return codec::tar_block_kind::zeros;
    std::uint64_t stated = 0;
    bool const is_base256 = (static_cast<unsigned char>(bytes[sum_begin]) & 0x80) != 0;
    if (is_base256 || !codec::parse_tar_number(block.subspan(sum_begin, sum_end - sum_begin), stated) ||
        (static_cast<std::int64_t>(stated) != unsigned_sum && static_cast<std::int64_t>(stated) != signed_sum))
        return codec::tar_block_kind::bad_checksum;
    out.name = text(0, 100);
    out.type = bytes[156];
    out.prefix = {};
    if (bytes.substr(257, 6) == std::string_view("ustar\0", 6))
        out.prefix = text(345, bytes.substr(508, 4) == std::string_view("tar\0", 4) ? 131 : 155);
    return codec::parse_tar_number(block.subspan(124, 12), out.size) ? codec::tar_block_kind::header
                                                                     : codec::tar_block_kind::bad_size;
}

/// True when codec reads the block as the reference does.
inline bool reads_as_reference(codec::tar_block block) {
    codec::tar_header seen;
    codec::tar_header expected;
    auto const kind = codec::decode_tar_header(block, seen);
    if (kind != reference_header(block, expected)) return false;
    if (kind != codec::tar_block_kind::header) return true;
    return seen.name == expected.name && seen.prefix == expected.prefix && seen.size == expected.size &&
           seen.type == expected.type;
}

}  // namespace aisle::test

#include <aisle/codec/tar/tar_header.hpp>

#include <boost/endian/conversion.hpp>

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aisle::codec {
namespace {

// POSIX.1-2017, pax, "ustar Interchange Format": offset and length of the fields a reader needs.
struct field {
    std::size_t offset;
    std::size_t bytes;
};
constexpr field name_field{0, 100};
constexpr field size_field{124, 12};
constexpr field checksum_field{148, 8};
constexpr std::size_t type_offset = 156;
constexpr std::size_t magic_offset = 257;
constexpr field prefix_field{345, 155};
// star (Schilling): the prefix is shorter, times follow it, and the block ends with "tar\0".
constexpr field star_prefix_field{345, 131};
constexpr std::size_t star_trailer_offset = 508;

constexpr std::uint64_t max_number = INT64_MAX;

std::span<std::byte const> part(tar_block block, field f) noexcept {
    return std::span<std::byte const>(block).subspan(f.offset, f.bytes);
}

std::string_view text(tar_block block, field f) noexcept {
    auto const* begin = reinterpret_cast<char const*>(block.data()) + f.offset;
    auto const* nul = static_cast<char const*>(std::memchr(begin, 0, f.bytes));
    return {begin, nul ? static_cast<std::size_t>(nul - begin) : f.bytes};
}

bool is_filler(std::byte b) noexcept {
    return b == std::byte{' '} || b == std::byte{0};
}

bool parse_base256(std::span<std::byte const> bytes, std::uint64_t& out) noexcept {
    auto value = static_cast<std::uint64_t>(bytes[0]) & 0x7f;
    if (value & 0x40) return false;  // negative
    for (auto b : bytes.subspan(1)) {
        if (value > (max_number >> 8)) return false;
        value = value << 8 | static_cast<std::uint64_t>(b);
    }
    out = value;
    return true;
}

constexpr std::uint64_t repeated(unsigned char byte) noexcept {
    return std::uint64_t{0x0101010101010101} * byte;
}

// Eight bytes as they lie, the first of them lowest.
std::uint64_t load8(tar_block block, std::size_t offset) noexcept {
    return boost::endian::load_little_u64(reinterpret_cast<unsigned char const*>(block.data()) + offset);
}

// True when all eight bytes are octal digits.
bool are_octal(std::uint64_t word) noexcept {
    return ((word ^ repeated('0')) & repeated(0xf8)) == 0;
}

// The number that eight octal digits make: neighbours are joined to pairs, pairs to fours, fours to the whole.
std::uint64_t octal_value(std::uint64_t word) noexcept {
    word &= repeated(7);
    word = (word << 3 | word >> 8) & 0x003f003f003f003f;
    word = (word << 6 | word >> 16) & 0x00000fff00000fff;
    return (word << 12 | word >> 32) & 0xffffff;
}

constexpr std::uint64_t filler_mask = 0xdf;  // leaves 0 of NUL and of space, and of no other byte

// The size as Go, GNU tar and bsdtar write it: eleven digits, then NUL or space. False where it is anything else, which
// parse_tar_number() reads.
bool read_usual_size(tar_block block, std::uint64_t& out) noexcept {
    constexpr std::size_t overlap = 4;
    auto const front = load8(block, size_field.offset);
    auto back = load8(block, size_field.offset + overlap);
    if ((back >> 56 & filler_mask) != 0) return false;
    constexpr std::uint64_t seven_bytes = ~std::uint64_t{0} >> 8;
    back = (back & seven_bytes) | (repeated('0') & ~seven_bytes);
    if (!are_octal(front) || !are_octal(back)) return false;
    out = octal_value(front) >> 12 << 21 | octal_value(back) >> 3;
    return true;
}

// The checksum as they write it: six digits, then two bytes of NUL or space. False where it is anything else. own_sum:
// the sum of the field's eight bytes.
bool read_usual_checksum(tar_block block, std::uint32_t& stated, std::uint32_t& own_sum) noexcept {
    auto const word = load8(block, checksum_field.offset);
    constexpr std::uint64_t fillers = filler_mask << 48 | filler_mask << 56;
    constexpr std::uint64_t six_bytes = ~std::uint64_t{0} >> 16;
    auto const digits = (word & six_bytes) | (repeated('0') & ~six_bytes);
    if ((word & fillers) != 0 || !are_octal(digits)) return false;
    stated = static_cast<std::uint32_t>(octal_value(digits) >> 6);
    constexpr std::uint64_t even = 0x00ff00ff00ff00ff;
    auto const pairs = (word & even) + (word >> 8 & even);
    own_sum = static_cast<std::uint32_t>(pairs * 0x0001000100010001 >> 48);
    return true;
}

// The checksum is computed with its own field taken as spaces; old tars summed signed bytes instead.
bool checksum_fits(tar_block block, std::uint32_t sum_of_all) noexcept {
    std::uint32_t usual = 0;
    std::uint32_t own_sum = 0;
    if (read_usual_checksum(block, usual, own_sum) && usual == sum_of_all - own_sum + checksum_field.bytes * ' ')
        return true;
    std::uint64_t stated = 0;
    auto const own = part(block, checksum_field);
    if (std::to_integer<unsigned>(own[0]) & 0x80 || !parse_tar_number(own, stated)) return false;
    std::uint32_t sum = sum_of_all;
    for (auto b : own) sum -= std::to_integer<std::uint32_t>(b);
    sum += checksum_field.bytes * ' ';
    if (stated == sum) return true;
    std::uint32_t high = 0;
    for (auto b : block) high += std::to_integer<std::uint32_t>(b) >> 7;
    for (auto b : own) high -= std::to_integer<std::uint32_t>(b) >> 7;
    return high != 0 && static_cast<std::int64_t>(stated) == std::int64_t{sum} - std::int64_t{256} * high;
}

}  // namespace

bool parse_tar_number(std::span<std::byte const> bytes, std::uint64_t& out) noexcept {
    if (!bytes.empty() && std::to_integer<unsigned>(bytes[0]) & 0x80) return parse_base256(bytes, out);
    std::size_t i = 0;
    while (i < bytes.size() && is_filler(bytes[i])) ++i;
    std::uint64_t value = 0;
    for (; i < bytes.size(); ++i) {
        auto const digit = std::to_integer<unsigned>(bytes[i]) - '0';
        if (digit > 7) break;
        if (value > (max_number >> 3)) return false;
        value = value << 3 | digit;
    }
    for (; i < bytes.size(); ++i)
        if (!is_filler(bytes[i])) return false;
    out = value;
    return true;
}

// Eight bytes at a time: even and odd bytes are added up in four 16-bit lanes each. 64 words of at most 2 * 255 a lane
// stay below 2^16.
std::uint32_t tar_byte_sum_portable(tar_block block) noexcept {
    constexpr std::uint64_t even = 0x00ff00ff00ff00ff;
    std::uint64_t lanes = 0;
    for (std::size_t i = 0; i < tar_block_bytes; i += 8) {
        auto const word = load8(block, i);
        lanes += (word & even) + (word >> 8 & even);
    }
    return static_cast<std::uint32_t>((lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) +
                                      (lanes >> 48));
}

#if defined(__SSE2__)
std::uint32_t tar_byte_sum(tar_block block) noexcept {
    auto const* at = reinterpret_cast<__m128i const*>(block.data());
    auto const zero = _mm_setzero_si128();
    auto a = zero;
    auto b = zero;
    for (std::size_t i = 0; i < tar_block_bytes / sizeof(__m128i); i += 2) {
        a = _mm_add_epi64(a, _mm_sad_epu8(_mm_loadu_si128(at + i), zero));
        b = _mm_add_epi64(b, _mm_sad_epu8(_mm_loadu_si128(at + i + 1), zero));
    }
    a = _mm_add_epi64(a, b);
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(a) + _mm_cvtsi128_si32(_mm_srli_si128(a, 8)));
}
#else
std::uint32_t tar_byte_sum(tar_block block) noexcept {
    return tar_byte_sum_portable(block);
}
#endif

tar_block_kind decode_tar_header(tar_block block, tar_header& out) noexcept {
    // Not by the first byte: a member with an empty name is a header too (AIStore behaviour with `uname`).
    auto const sum = tar_byte_sum(block);
    if (sum == 0) return tar_block_kind::zeros;
    if (!checksum_fits(block, sum)) return tar_block_kind::bad_checksum;

    auto const* bytes = reinterpret_cast<char const*>(block.data());
    out.name = text(block, name_field);
    out.type = bytes[type_offset];
    out.prefix = {};
    // GNU's magic is "ustar  \0": there the place of the prefix holds times. v7 has no magic.
    if (bytes[prefix_field.offset] != 0 && std::memcmp(bytes + magic_offset, "ustar", 6) == 0) {
        bool const star = std::memcmp(bytes + star_trailer_offset, "tar", 4) == 0;
        out.prefix = text(block, star ? star_prefix_field : prefix_field);
    }
    bool const has_size = read_usual_size(block, out.size) || parse_tar_number(part(block, size_field), out.size);
    return has_size ? tar_block_kind::header : tar_block_kind::bad_size;
}

}  // namespace aisle::codec

#include "crc.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <zlib.h>

#include <array>

namespace aisle::codec {
namespace {

constexpr std::uint32_t castagnoli = 0x82f63b78;  // x^32 + x^28 + x^27 + ... bit-reversed

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        auto crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? castagnoli ^ crc >> 1 : crc >> 1;
        table[byte] = crc;
    }
    return table;
}

constexpr auto castagnoli_table = make_table();

}  // namespace

std::uint32_t crc32_zlib(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
    // For a null pointer zlib returns the initial CRC, whatever the argument.
    if (bytes.empty()) return crc;
    return static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<Bytef const*>(bytes.data()), bytes.size()));
}

std::uint32_t crc32c_table(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
    crc = ~crc;
    for (auto const byte : bytes) crc = castagnoli_table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 255] ^ crc >> 8;
    return ~crc;
}

std::uint32_t crc32(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
#ifdef AISLE_HAS_ISAL
    return crc32_isal(crc, bytes);
#else
    return crc32_zlib(crc, bytes);
#endif
}

std::uint32_t crc32c(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
#ifdef AISLE_HAS_ISAL
    return crc32c_isal(crc, bytes);
#else
    return crc32c_table(crc, bytes);
#endif
}

}  // namespace aisle::codec

#include "crc.hpp"

#include <algorithm>
#include <isa-l/crc.h>

namespace aisle::codec {

// Inverts the CRC before and after, like zlib's function.
std::uint32_t crc32_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
    return crc32_gzip_refl(crc, reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
}

// Does not invert the CRC, and takes the size as int.
std::uint32_t crc32c_isal(std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
    constexpr std::size_t most = std::size_t{1} << 30;
    crc = ~crc;
    while (!bytes.empty()) {
        auto const part = bytes.first(std::min(bytes.size(), most));
        auto* const begin = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(part.data()));
        crc = crc32_iscsi(begin, static_cast<int>(part.size()), crc);
        bytes = bytes.subspan(part.size());
    }
    return ~crc;
}

}  // namespace aisle::codec

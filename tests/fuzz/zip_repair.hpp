#pragma once

#include <string>
#include <support/archive_log.hpp>

namespace aisle::fuzz {

/// Gives every record of a zip archive that tells a checksum the one of the payload behind the local header it is of,
/// which a fuzzer hardly ever finds. Of stored members, from the directory; the archive begins at `begin`.
inline void repair_zip_checksums(std::string& bytes, std::size_t begin = 0) {
    auto const number = [&](std::size_t at, std::size_t size) {
        std::uint64_t out = 0;
        for (std::size_t i = size; i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
        return static_cast<std::size_t>(out);
    };
    auto const put = [&](std::size_t at, std::uint32_t crc) {
        for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(crc >> (8 * i));
    };
    auto const has = [&](std::size_t at, char const* signature, std::size_t size) {
        return at <= bytes.size() && bytes.size() - at >= size && bytes.compare(at, 4, signature, 4) == 0;
    };
    // Directory entry: method 10, crc 16, size 24, offset of the local header 42. Local header: crc 14, lengths 26
    // and 28.
    for (std::size_t at = begin; (at = bytes.find("PK\1\2", at)) != std::string::npos; ++at) {
        if (!has(at, "PK\1\2", 46)) return;
        auto const local = begin + number(at + 42, 4);
        auto const size = number(at + 24, 4);
        if (!has(local, "PK\3\4", 30) || number(at + 10, 2) != 0) continue;
        auto const payload = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        if (payload > bytes.size() || bytes.size() - payload < size) continue;
        auto const crc = test::crc32(std::as_bytes(std::span(bytes)).subspan(payload, size));
        put(at + 16, crc);
        if (number(local + 14, 4) != 0) put(local + 14, crc);
        if (has(payload + size, "PK\7\b", 16)) put(payload + size + 4, crc);
    }
}

}  // namespace aisle::fuzz

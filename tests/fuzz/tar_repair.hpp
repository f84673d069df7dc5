#pragma once

#include <aisle/codec/tar/tar_header.hpp>

#include <cstdio>
#include <string>

namespace aisle::fuzz {

/// Makes the checksums of a tar archive right, from `at` on, header after header: a fuzzer changes fields, but hardly
/// ever finds the sum that goes with them.
inline void repair_tar_checksums(std::string& bytes, std::size_t at = 0) {
    constexpr auto block_bytes = codec::tar_block_bytes;
    while (at <= bytes.size() && bytes.size() - at >= block_bytes) {
        auto* const block = bytes.data() + at;
        std::span<std::byte const, block_bytes> const view(reinterpret_cast<std::byte const*>(block), block_bytes);
        at += block_bytes;
        if (codec::tar_byte_sum(view) == 0) continue;
        std::char_traits<char>::assign(block + 148, 8, ' ');
        std::snprintf(block + 148, 8, "%06o", codec::tar_byte_sum(view));
        std::uint64_t size = 0;
        bool const has_payload = block[156] < '1' || block[156] > '6';
        if (!has_payload || !codec::parse_tar_number(view.subspan(124, 12), size) || size > bytes.size() - at) continue;
        at += size + codec::tar_padding(size);
    }
}

/// Where the archive of a multipart body begins; its end where there is none.
inline std::size_t archive_part(std::string const& body) {
    auto const name = body.find("name=\"archive\"");
    auto const blank = name == std::string::npos ? name : body.find("\r\n\r\n", name);
    return blank == std::string::npos ? body.size() : blank + 4;
}

}  // namespace aisle::fuzz

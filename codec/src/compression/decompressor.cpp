#include "frame_decompressor.hpp"
#include "inflate.hpp"

#include <aisle/codec/compression/decompressor.hpp>

namespace aisle::codec {

std::optional<compression> compression_of_magic(std::span<std::byte const> first_bytes) noexcept {
    auto const begins_with = [&](auto const& magic) {
        return first_bytes.size() >= magic.size() && std::ranges::equal(first_bytes.first(magic.size()), magic);
    };
    if (begins_with(gzip_magic)) return compression::gzip;
    if (begins_with(lz4_magic)) return compression::lz4;
    if (begins_with(zstd_magic)) return compression::zstd;
    return std::nullopt;
}

std::unique_ptr<decompressor> make_decompressor(compression c, after_end follows, std::size_t max_window_bytes) {
    assert(c != compression::none);
    switch (c) {
        case compression::gzip: return make_gzip_decompressor(make_inflater(), follows);
        case compression::lz4: return make_lz4_decompressor(follows, max_window_bytes);
        case compression::zstd: return make_zstd_decompressor(follows, max_window_bytes);
        case compression::none: break;
    }
    return nullptr;
}

std::unique_ptr<decompressor> make_inflater() {
#ifdef AISLE_HAS_ISAL
    return make_isal_inflater();
#else
    return make_zlib_inflater();
#endif
}

}  // namespace aisle::codec

#pragma once

#include <aisle/codec/compression/decompressor.hpp>

#include <memory>

namespace aisle::codec {

/// Raw deflate by ISA-L: see make_inflater(). Only if the build found ISA-L (AISLE_HAS_ISAL).
std::unique_ptr<decompressor> make_isal_inflater();
/// Raw deflate by zlib: see make_inflater().
std::unique_ptr<decompressor> make_zlib_inflater();

/// gzip that inflates member bodies with the given inflater: see make_decompressor().
std::unique_ptr<decompressor> make_gzip_decompressor(std::unique_ptr<decompressor> inflater, after_end follows);

}  // namespace aisle::codec

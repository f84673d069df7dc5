#pragma once

#include <aisle/codec/compression/decompressor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aisle::codec {

/// Compresses a stream as AIStore's targets do: the counterpart of `decompressor`. Not thread-safe.
class compressor {
public:
    compressor() = default;
    compressor(compressor const&) = delete;
    compressor& operator=(compressor const&) = delete;
    virtual ~compressor() = default;

    /// Compresses the next bytes, and appends the output that is ready to `out`.
    virtual void write(std::string& out, std::string_view bytes) = 0;
    /// Ends the stream: appends the remaining output and the trailer. Nothing may be written afterwards.
    virtual void finish(std::string& out) = 0;
};

/// gzip: one member, level 1, header as Go's compress/gzip writes it (no name, no time, OS 255).
/// lz4: one frame of independent 256 KiB blocks, without checksums or content size.
/// zstd: one frame, level 3, with content checksum (AIStore has no such output; the playground offers it).
/// Precondition: c is not none.
std::unique_ptr<compressor> make_compressor(compression c);

}  // namespace aisle::codec

#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace aisle::codec {

/// The compression of a response body or of an archive member.
enum class compression : std::uint8_t {
    none,
    gzip,  ///< RFC 1952, one or more members
    lz4,   ///< LZ4 frame format 1.6, one or more frames
    zstd   ///< RFC 8878, one or more frames
};

/// Detects the compression of an object or member by its first bytes: gzip starts with 1f 8b, an lz4 frame with
/// 04 22 4d 18, a zstd frame with 28 b5 2f fd. Returns nothing for other bytes, for too few (four are always enough),
/// and for skippable frames, which lz4 and zstd share.
std::optional<compression> compression_of_magic(std::span<std::byte const> first_bytes) noexcept;

/// Why a call of expand() returned.
enum class expansion_status : std::uint8_t {
    need_input,   ///< all of the input is consumed
    need_output,  ///< the output is full, and there may be more; pass unconsumed input again
    end,          ///< the stream has ended; unconsumed input is not part of it
    failed        ///< see failure(); the decompressor can only be reset or destroyed
};

struct expansion {
    std::size_t consumed = 0;  ///< bytes of the input
    std::size_t produced = 0;  ///< bytes of the output
    expansion_status status = expansion_status::need_input;
};

/// Decompresses a stream as it arrives, in input and output pieces of any size. Sans-IO: it keeps no reference to
/// either. The checksums and lengths that the format stores are verified: for a damaged or truncated stream the last
/// expand() or finish() fails.
///
/// Not thread-safe. Memory is bounded by the format's window, and the window by a limit (errc::limit_exceeded).
class decompressor {
public:
    decompressor() = default;
    decompressor(decompressor const&) = delete;
    decompressor& operator=(decompressor const&) = delete;
    virtual ~decompressor() = default;

    /// Reads input and writes output until one of them is exhausted or the stream ends. The input may be empty.
    /// If it fails, `produced` leaves out bytes that may be wrong. Precondition: output is not empty.
    /// Throws std::bad_alloc.
    virtual expansion expand(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// No more input will come. False, with failure() set to errc::truncated_archive, if the stream is incomplete.
    virtual bool finish() = 0;
    /// Prepares for another stream; keeps the memory.
    virtual void reset() = 0;
    /// Bytes of memory held now, mostly the window: as much as the current stream, or an earlier one, needed. An
    /// estimate for lz4 and deflate.
    virtual std::size_t memory() const noexcept = 0;

    /// What went wrong; stage::archive, with the offset in compressed bytes: of the faulty field or frame if the
    /// format's structure shows it, else of the bytes being decompressed. Damaged data: errc::bad_archive. An
    /// unsupported variant of the format (dictionaries, lz4's legacy format): errc::unsupported. A window over the
    /// limit: errc::limit_exceeded.
    error const& failure() const noexcept { return failure_; }

protected:
    error failure_;
};

/// Default limit of the window size, in bytes: the default of zstd's own tools.
inline constexpr std::size_t default_max_window_bytes = std::size_t{128} << 20;

/// Makes a decompressor of a sequence of whole frames or members; skippable frames are skipped.
///
/// follows: after_end::zero_padding: all of the input belongs to the stream. Anything after the last frame that does
/// not start another one is errc::trailing_archive_data, except up to 1 MiB of zeros. expand() never returns `end`;
/// finish() decides.
/// after_end::foreign: a byte that cannot start another frame ends the stream, and is not consumed; without such a byte
/// finish() decides.
/// max_window_bytes: a zstd frame with a larger window, or an lz4 frame with larger blocks, is errc::limit_exceeded; at
/// least 64 KiB.
/// Memory, as reported by memory(): gzip 100 KiB, lz4 up to 9 MiB, zstd the window and 1 MiB, depending on the stream.
/// Precondition: c is not none.
std::unique_ptr<decompressor> make_decompressor(compression c, after_end follows,
                                                std::size_t max_window_bytes = default_max_window_bytes);

/// Makes a decompressor of raw deflate (RFC 1951), as used in zip. The stream marks its own end; the first byte after
/// its last block is not consumed. Uses ISA-L if the build has it, else zlib. Memory: 100 KiB.
std::unique_ptr<decompressor> make_inflater();

}  // namespace aisle::codec

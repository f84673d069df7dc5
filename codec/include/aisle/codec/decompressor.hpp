#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace aisle::codec {

/// How bytes are wrapped on the wire, or in a member.
enum class compression : std::uint8_t {
    none,
    gzip,  ///< RFC 1952, members one behind the other
    lz4,   ///< LZ4 frame format 1.6, frames one behind the other
    zstd   ///< RFC 8878, frames one behind the other
};

/// What the first bytes of an object or member say of its compression: gzip begins with 1f 8b, an lz4 frame with
/// 04 22 4d 18, a zstd frame with 28 b5 2f fd. Nothing for other bytes, for too few (four are always enough), and for
/// skippable frames, which lz4 and zstd share.
std::optional<compression> compression_of_magic(std::span<std::byte const> first_bytes) noexcept;

/// Why a step of a decompressor ended.
enum class expansion_status : std::uint8_t {
    need_input,   ///< all of the input is consumed
    need_output,  ///< the output is full, and there may be more; input may be left: give it again
    end,          ///< the stream has ended; the input that was not consumed is not its own
    failed        ///< failure() tells; the decompressor can only be reset or thrown away
};

struct expansion {
    std::size_t consumed = 0;  ///< bytes of the input
    std::size_t produced = 0;  ///< bytes of the output
    expansion_status status = expansion_status::need_input;
};

/// Decompresses a stream as it arrives, whatever the split of its input and the room for its output. Sans-IO: bytes in,
/// bytes out, no memory kept of either. Checksums and lengths that the format carries are verified: of a stream that is
/// damaged or cut, the last step or finish() says so.
///
/// Not thread-safe. Memory is bounded by the format's window, and the window by a limit (errc::limit_exceeded).
class decompressor {
public:
    decompressor() = default;
    decompressor(decompressor const&) = delete;
    decompressor& operator=(decompressor const&) = delete;
    virtual ~decompressor() = default;

    /// Reads from input and writes to output until one of them is used up or the stream ends. The input may be empty.
    /// Of a step that failed, `produced` leaves out what may not be the stream's. Precondition: output is not empty.
    /// Throws std::bad_alloc.
    virtual expansion expand(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// No more input will come. False with a failure() (errc::truncated_archive) when the stream is not at an end.
    virtual bool finish() = 0;
    /// Ready for another stream, its memory kept.
    virtual void reset() = 0;
    /// Bytes of memory it holds now, its window above all: what the current stream, or one before, asked for. An
    /// estimate for lz4 and deflate.
    virtual std::size_t memory() const noexcept = 0;

    /// What went wrong; stage::archive, with the offset in compressed bytes: of the field or the frame at fault where
    /// the format's structure tells it, else of the bytes that were being decompressed.
    /// Damaged: errc::bad_archive. A format's variant that is not read (dictionaries, lz4's legacy format):
    /// errc::unsupported. A window over the limit: errc::limit_exceeded.
    error const& failure() const noexcept { return failure_; }

protected:
    error failure_;
};

/// The largest window that is accepted unless another is named: what zstd's own tools accept unasked.
inline constexpr std::size_t default_max_window_bytes = std::size_t{128} << 20;

/// A decompressor of whole frames or members, any number of them one behind the other, skippable ones among them.
///
/// follows: after_end::zero_padding: the input is all the stream's; what follows the last frame and does not begin
/// another is errc::trailing_archive_data, up to 1 MiB of zeros excepted; it never says `end`, finish() tells.
/// after_end::foreign: a byte that cannot begin another frame ends the stream, and is not consumed; without such a byte
/// finish() tells.
/// max_window_bytes: a zstd frame with a larger window, or an lz4 frame with larger blocks, is errc::limit_exceeded; at
/// least 64 KiB.
/// Memory, which memory() reports: gzip 100 KiB, lz4 up to 9 MiB, zstd a window and 1 MiB, all by what the stream asks
/// for. Precondition: c is not none.
std::unique_ptr<decompressor> make_decompressor(compression c, after_end follows,
                                                std::size_t max_window_bytes = default_max_window_bytes);

/// Raw deflate (RFC 1951), as in zip: ends by itself, the first byte behind its last block is not consumed. By ISA-L
/// where the build has it, else by zlib. Memory: 100 KiB.
std::unique_ptr<decompressor> make_inflater();

}  // namespace aisle::codec

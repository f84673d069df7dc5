#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace aisle::codec {

/// How bytes are wrapped on the wire, or in a member.
enum class compression : std::uint8_t {
    none,
    gzip,  ///< RFC 1952, members one behind the other
    lz4,   ///< LZ4 frame format 1.6, frames one behind the other
    zstd   ///< RFC 8878, frames one behind the other
};

/// Why a step of a decompressor ended.
enum class expansion_status : std::uint8_t {
    need_input,   ///< all of the input is consumed
    need_output,  ///< the output is full, and there may be more
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

    /// Reads from input and writes to output until one of them is used up or the stream ends. Precondition: output is
    /// not empty.
    virtual expansion expand(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// No more input will come. False with a failure() (errc::truncated_archive) when the stream is not at an end.
    virtual bool finish() = 0;
    /// Ready for another stream, its memory kept.
    virtual void reset() = 0;

    /// What went wrong; stage::archive, with the offset in compressed bytes.
    error const& failure() const noexcept { return failure_; }

protected:
    error failure_;
};

/// A decompressor of whole frames or members, any number of them one behind the other, skippable ones among them.
///
/// follows: after_end::zero_padding: the input is all the stream's; what follows the last frame and does not begin
/// another is errc::trailing_archive_data. after_end::foreign: a byte that cannot begin another frame ends the stream,
/// and is not consumed. Precondition: c is not none.
std::unique_ptr<decompressor> make_decompressor(compression c, after_end follows);

/// Raw deflate (RFC 1951), as in zip: ends by itself, the first byte behind its last block is not consumed.
std::unique_ptr<decompressor> make_inflater();

}  // namespace aisle::codec

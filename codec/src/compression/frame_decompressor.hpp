#pragma once

#include "streaming_decompressor.hpp"

#include <array>
#include <string_view>

namespace aisle::codec {

// The first bytes of frames: RFC 1952, section 2.3.1; LZ4 frame format 1.6; RFC 8878, section 3.1.1.
inline constexpr std::array gzip_magic = {std::byte{0x1f}, std::byte{0x8b}};
inline constexpr std::array lz4_magic = {std::byte{0x04}, std::byte{0x22}, std::byte{0x4d}, std::byte{0x18}};
inline constexpr std::array zstd_magic = {std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};

/// Whether these are the first bytes of a skippable frame (LZ4 frame format 1.6, "Skippable Frames"; the same in
/// RFC 8878, section 3.1.2). Its header is its magic and its size, little-endian, 4 bytes each.
bool is_skippable(std::span<std::byte const> begin) noexcept;
inline constexpr std::size_t skippable_header_bytes = 8;

/// The common part of the frame formats (gzip calls frames members): finds where frames start, skips skippable frames,
/// and distinguishes the end of the stream from damage.
class frame_decompressor : public streaming_decompressor {
public:
    static constexpr std::size_t max_header_bytes = 19;  // that of lz4, the longest
    /// Maximum number of zero bytes after the last frame (after_end::zero_padding), as after a tar archive's end.
    static constexpr std::size_t max_padding_bytes = 1 << 20;

    /// name: of the format, for messages. frame: the format's word for a frame. magic: the first bytes of a frame. All
    /// must have static lifetime.
    frame_decompressor(std::string_view name, std::string_view frame, std::span<std::byte const> magic,
                       after_end follows)
        : name_(name), frame_(frame), magic_(magic), needed_(magic.size()), follows_(follows) {}

protected:
    expansion advance(std::span<std::byte const> input, std::span<std::byte> output) final;
    bool is_whole() const noexcept final {
        return place_ == place::padding || (frames_ != 0 && place_ == place::magic && gathered_ == 0);
    }
    void restart() final;
    std::string stops() const final;

    /// Starts a frame. header: its first bytes, all that were gathered. Returns the size of the whole header: if it is
    /// larger, open() is called again with that many bytes, else the body follows. May fail().
    virtual std::size_t open(std::span<std::byte const> header) = 0;
    /// Like advance(), inside a frame; `end` at the frame's end.
    virtual expansion decode(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// Discards an unfinished frame.
    virtual void abandon() = 0;
    /// Why a recognised frame with this magic is not supported; empty if the magic is unknown.
    virtual std::string_view refused(std::span<std::byte const> magic) const noexcept = 0;

    /// Where the current frame starts, in compressed bytes.
    std::uint64_t frame_offset() const noexcept { return frame_offset_; }
    /// Where the input of decode() starts, in compressed bytes.
    std::uint64_t offset() const noexcept { return offset_; }

private:
    enum class place : std::uint8_t { magic, header, skippable_header, skipped, body, padding };

    // Return true when the place was passed. If not, the input is exhausted, or `done` or failure() has the reason.
    bool pass_magic(std::span<std::byte const> input, expansion& done);
    bool pass_header(std::span<std::byte const> input, expansion& done);
    bool pass_skippable_header(std::span<std::byte const> input, expansion& done);
    bool pass_skipped(std::span<std::byte const> input, expansion& done);
    bool pass_padding(std::span<std::byte const> input, expansion& done);
    bool gather(std::span<std::byte const> input, expansion& done);
    bool may_begin(std::byte first) const noexcept;
    void fail_no_frame();
    void frame_ended() noexcept;

    std::string name_;
    std::string frame_;
    std::span<std::byte const> magic_;
    std::array<std::byte, max_header_bytes> header_{};
    std::size_t gathered_ = 0;  // bytes in header_
    std::size_t needed_;        // size that header_ must reach
    std::uint64_t skip_ = 0;    // bytes left of a skippable frame
    std::uint64_t frame_offset_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t frames_ = 0;
    std::size_t padding_ = 0;  // zero bytes after the last frame
    place place_ = place::magic;
    after_end follows_;
};

/// See make_decompressor().
std::unique_ptr<decompressor> make_lz4_decompressor(after_end follows, std::size_t max_window_bytes);
std::unique_ptr<decompressor> make_zstd_decompressor(after_end follows, std::size_t max_window_bytes);

}  // namespace aisle::codec

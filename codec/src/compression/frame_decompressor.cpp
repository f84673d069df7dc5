#include "frame_decompressor.hpp"

#include "../checksum/hex.hpp"
#include "../little_endian.hpp"

#include <cstring>

namespace aisle::codec {
namespace {

// High half of the first byte of a skippable frame.
constexpr std::byte skippable_first{0x50};
constexpr std::byte high_half{0xf0};

std::string spaced_hex_of(std::span<std::byte const> bytes) {
    std::string out;
    for (auto const& b : bytes) out.append(out.empty() ? "" : " ").append(hex_of(std::span(&b, 1)));
    return out;
}

}  // namespace

bool is_skippable(std::span<std::byte const> begin) noexcept {
    constexpr std::uint32_t magic = 0x184d2a50;  // to ...5f
    return begin.size() >= 4 && (little_endian_32(begin) & ~15u) == magic;
}

expansion frame_decompressor::advance(std::span<std::byte const> input, std::span<std::byte> output) {
    expansion done;
    for (;;) {
        auto const rest = input.subspan(done.consumed);
        bool passed = false;
        switch (place_) {
            case place::magic: passed = pass_magic(rest, done); break;
            case place::header: passed = pass_header(rest, done); break;
            case place::skippable_header: passed = pass_skippable_header(rest, done); break;
            case place::skipped: passed = pass_skipped(rest, done); break;
            case place::padding: passed = pass_padding(rest, done); break;
            case place::body: {
                auto const space = output.subspan(done.produced);
                done.status = expansion_status::need_output;
                if (space.empty()) return done;
                offset_ = bytes_read() + done.consumed;
                auto const step = decode(rest, space);
                done.consumed += step.consumed;
                done.produced += step.produced;
                done.status = step.status;
                if (step.status != expansion_status::end) return done;
                frame_ended();
                continue;
            }
        }
        if (has_failed()) done.status = expansion_status::failed;
        if (!passed) return done;
    }
}

// Moves input to header_ until it has the bytes needed.
bool frame_decompressor::gather(std::span<std::byte const> input, expansion& done) {
    auto const n = std::min(needed_ - gathered_, input.size());
    if (n != 0) std::memcpy(header_.data() + gathered_, input.data(), n);
    gathered_ += n;
    done.consumed += n;
    done.status = expansion_status::need_input;
    return gathered_ == needed_;
}

bool frame_decompressor::pass_magic(std::span<std::byte const> input, expansion& done) {
    if (gathered_ == 0 && !input.empty()) {
        frame_offset_ = bytes_read() + done.consumed;
        if (frames_ != 0 && input.front() == std::byte{0} && follows_ == after_end::zero_padding) {
            place_ = place::padding;
            return true;
        }
        if (frames_ != 0 && !may_begin(input.front())) {
            done.status = expansion_status::end;
            if (follows_ == after_end::zero_padding)
                fail(errc::trailing_archive_data, frame_offset_,
                     "the bytes after the last " + name_ + " " + frame_ + " do not start another one");
            return false;
        }
    }
    if (!gather(input, done)) return false;
    auto const begin = std::span(header_).first(gathered_);
    if (std::ranges::equal(begin, magic_)) {
        place_ = place::header;
        return true;
    }
    if (is_skippable(begin)) {
        place_ = place::skippable_header;
        needed_ = skippable_header_bytes;
        return true;
    }
    fail_no_frame();
    return false;
}

void frame_decompressor::fail_no_frame() {
    auto const begin = std::span<std::byte const>(header_).first(gathered_);
    if (auto const why = refused(begin); !why.empty()) {
        fail(errc::unsupported, frame_offset_, std::string(why));
    } else {
        bool const trails = frames_ != 0 && follows_ == after_end::zero_padding;
        fail(trails ? errc::trailing_archive_data : errc::bad_archive, frame_offset_,
             "the bytes " + spaced_hex_of(begin) + " do not start a " + name_ + " " + frame_);
    }
}

bool frame_decompressor::pass_header(std::span<std::byte const> input, expansion& done) {
    if (!gather(input, done)) return false;
    needed_ = open(std::span(header_).first(gathered_));
    if (has_failed()) return false;
    if (needed_ <= gathered_) place_ = place::body;
    return true;
}

bool frame_decompressor::pass_skippable_header(std::span<std::byte const> input, expansion& done) {
    if (!gather(input, done)) return false;
    skip_ = little_endian_32(std::span(header_).subspan(4));
    place_ = place::skipped;
    return true;
}

bool frame_decompressor::pass_skipped(std::span<std::byte const> input, expansion& done) {
    auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, input.size()));
    skip_ -= n;
    done.consumed += n;
    done.status = expansion_status::need_input;
    if (skip_ != 0) return false;
    frame_ended();
    return true;
}

// gzip, zcat and Python's gzip skip zeros after the last member; they pad the last block of a tape or of a tar.
bool frame_decompressor::pass_padding(std::span<std::byte const> input, expansion& done) {
    auto const zeros = static_cast<std::size_t>(
        std::ranges::find_if(input, [](std::byte b) { return b != std::byte{0}; }) - input.begin());
    padding_ += zeros;
    done.consumed += zeros;
    done.status = expansion_status::need_input;
    auto const at = bytes_read() + done.consumed;
    if (padding_ > max_padding_bytes)
        fail(errc::trailing_archive_data, at,
             "more than " + std::to_string(max_padding_bytes) + " zero bytes after the last " + name_ + " " + frame_);
    else if (zeros != input.size())
        fail(errc::trailing_archive_data, at, "bytes after the zero padding of the " + name_ + " stream");
    return false;
}

void frame_decompressor::frame_ended() noexcept {
    ++frames_;
    place_ = place::magic;
    gathered_ = 0;
    needed_ = magic_.size();
}

bool frame_decompressor::may_begin(std::byte first) const noexcept {
    return first == magic_.front() || (magic_.size() == 4 && (first & high_half) == skippable_first);
}

void frame_decompressor::restart() {
    abandon();
    frames_ = 0;
    padding_ = 0;
    place_ = place::magic;
    gathered_ = 0;
    needed_ = magic_.size();
}

std::string frame_decompressor::stops() const {
    auto const stream = "the " + name_ + " stream ends ";
    switch (place_) {
        case place::magic:
        case place::header:
        case place::skippable_header:
            if (gathered_ == 0) return stream + "before its first byte";
            return stream + "inside a " + frame_ + "'s header";
        case place::skipped: return stream + "inside a skippable frame";
        case place::padding:
        case place::body: break;
    }
    return stream + "inside a " + frame_;
}

}  // namespace aisle::codec

#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/codec/tar/tar_header.hpp>
#include <aisle/codec/tar/tar_pax.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

namespace aisle::codec {

/// Reads a tar archive as it arrives: v7, POSIX ustar and PAX, GNU long names, base-256 sizes. See `reader`.
///
/// Every header's checksum is verified, and the archive is whole only when both zero blocks were seen. Refused with a
/// typed error: sparse and multi-volume members (errc::unsupported), damaged headers (errc::bad_archive), anything
/// that stops early (errc::truncated_archive), headers over the limits below (errc::limit_exceeded).
///
/// For plain headers nothing is allocated: a header that lies whole in the input is decoded where it lies.
/// Not thread-safe. Not movable: entry().name may point into it.
class tar_reader {
public:
    /// Longest PAX header or GNU long name read, in bytes.
    static constexpr std::uint64_t max_extension_bytes = 1024 * 1024;
    /// Longest member name handed out, in bytes.
    static constexpr std::size_t max_name_bytes = 64 * 1024;
    /// Most zero bytes accepted after the end mark (after_end::zero_padding).
    static constexpr std::uint64_t max_trailing_bytes = 1024 * 1024;

    explicit tar_reader(after_end follows = after_end::zero_padding) noexcept : follows_(follows) {}
    tar_reader(tar_reader const&) = delete;
    tar_reader& operator=(tar_reader const&) = delete;

    /// Gives the next bytes of the archive. Precondition: next() returned need_input, or nothing was fed yet. The
    /// bytes must stay in place until next() returns need_input again.
    void feed(std::span<std::byte const> input) noexcept {
        assert(at_ == end_);
        consumed_before_ += static_cast<std::uint64_t>(at_ - begin_);
        begin_ = at_ = input.data();
        end_ = begin_ + input.size();
    }

    /// No more input will come: running out of it is an error from now on.
    void finish() noexcept { finished_ = true; }

    event next() {
        // What happens between two headers is a few instructions each, so it is inlined into the caller's loop.
        if (state_ == state::payload) {
            if (remaining_ == 0) {
                state_ = state::header;
                padding_ = tar_padding(entry_.size);
                return {event_kind::entry_end, {}};
            }
            if (at_ != end_) {
                auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, available()));
                std::span const data(at_, n);
                at_ += n;
                remaining_ -= n;
                return {event_kind::entry_data, data};
            }
        }
        bool const wants_bytes = state_ == state::header || state_ == state::payload;
        if (wants_bytes && at_ == end_ && !finished_) return {event_kind::need_input, {}};
        return step();
    }

    /// The current member, from entry_begin on.
    entry_header const& entry() const noexcept { return entry_; }
    /// Payload bytes of the current member not handed out yet.
    std::uint64_t entry_remaining() const noexcept { return remaining_; }
    /// Archive bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_before_ + static_cast<std::uint64_t>(at_ - begin_); }
    /// Fed and not consumed. Right after `end`: the bytes that follow the end mark.
    std::span<std::byte const> unread() const noexcept { return {at_, end_}; }
    /// What went wrong; stage::archive, with its offset. Only after event_kind::error.
    error const& failure() const noexcept { return failure_; }

private:
    enum class state : std::uint8_t { header, payload, extension, ended, failed };

    std::size_t available() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    event step();
    event starved();
    event next_after_end();
    event failed() const noexcept { return {event_kind::error, {}}; }

    bool skip_padding();
    std::byte const* take_block();
    // These return false after fail().
    bool on_block(tar_block_kind kind, tar_header const& header);
    std::string_view join_name(tar_header const& header) noexcept;
    bool begin_entry(tar_header const& header);
    bool amend_entry(tar_header const& header);
    bool begin_extension(tar_header const& header);
    bool read_extension();
    bool absorb_extension();
    bool fail_name_too_long();
    bool fail(errc code, std::uint64_t at, std::string text);

    std::byte const* begin_ = nullptr;
    std::byte const* at_ = nullptr;
    std::byte const* end_ = nullptr;
    std::uint64_t consumed_before_ = 0;  // archive bytes before begin_
    std::uint64_t remaining_ = 0;        // payload bytes of the member to come
    std::uint64_t padding_ = 0;          // zero bytes to skip before the next header
    std::uint64_t header_offset_ = 0;    // where the next member's first header starts
    std::uint64_t block_offset_ = 0;     // where the block being decoded starts
    state state_ = state::header;
    bool finished_ = false;
    bool one_zero_block_ = false;  // the first half of the end mark was seen
    bool amended_ = false;         // extended headers amend the next member's header block
    bool pending_ = false;         // an extended header waits for its member
    bool has_long_name_ = false;
    bool has_global_ = false;
    char extension_type_ = 0;
    after_end follows_;
    std::uint64_t trailing_ = 0;  // zero bytes seen after the end mark
    std::uint64_t extension_remaining_ = 0;
    std::size_t carried_ = 0;
    entry_header entry_;
    std::string amended_name_;  // of the current member, where extended headers name it; reused
    std::string extension_;     // data of an extended header, as it arrives; reused
    std::string long_name_;     // of the next member, from a GNU 'L' header
    pax_fields local_;          // of the next member, from 'x' headers
    pax_fields global_;         // of all further members, from 'g' headers
    error failure_;
    std::array<std::byte, tar_block_bytes> carry_;         // a header block that crosses inputs
    std::array<char, tar_header::max_name_bytes> joined_;  // name of the current member, out of its header block
};

static_assert(reader<tar_reader>);

}  // namespace aisle::codec

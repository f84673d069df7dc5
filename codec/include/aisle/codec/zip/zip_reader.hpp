#pragma once

#include <aisle/codec/compression/decompressor.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/codec/zip/zip_directory.hpp>
#include <aisle/codec/zip/zip_records.hpp>
#include <aisle/codec/zip/zip_scan.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/slab.hpp>

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aisle::codec {

/// Reads a zip archive (PKWARE APPNOTE 6.3.x) as it arrives, entry by entry in the order of the local headers, and
/// checks the entries against the central directory at the end. See `reader`.
///
/// Supports stored and deflated members and zip64. CRC and sizes of every member are verified before its entry_end. The
/// archive is complete only if the directory lists the same members and its end record was read. AIStore (Go's
/// archive/zip) stores members, with sizes after the payload: see `zip_scan` for how their end is found. Only the
/// directory marks symbolic links, which is too late: they are entry_type::regular, with the link's target as payload.
///
/// Rejected: encrypted, patched and otherwise compressed members, split archives (errc::unsupported);
/// bytes before the first header, damaged records, a directory that does not match, overlapping members
/// (errc::bad_archive); an archive that stops early (errc::truncated_archive); more than zip_directory::max_entries
/// (errc::limit_exceeded).
///
/// Stored payload is handed out in place, as views of the input; deflated payload lies in slabs of the pool. Not
/// thread-safe. Not movable: entry().name points into it.
class zip_reader {
public:
    /// Value of entry_remaining() while a member's size is not known, in bytes.
    static constexpr std::uint64_t guessed_remaining = 64 * 1024;

    /// pool: where deflated payloads are decompressed to; must outlive the reader.
    explicit zip_reader(slab_pool& pool, after_end follows = after_end::zero_padding);
    zip_reader(zip_reader const&) = delete;
    zip_reader& operator=(zip_reader const&) = delete;

    /// Sets the next bytes of the archive. Precondition: next() returned need_input, or nothing was fed yet. The bytes
    /// must stay valid until next() returns need_input again.
    void feed(std::span<std::byte const> input) noexcept {
        assert(at_ == end_);
        consumed_before_ += static_cast<std::uint64_t>(at_ - begin_);
        begin_ = at_ = input.data();
        end_ = begin_ + input.size();
    }

    /// No more input will come: input that ends before the archive does is an error from now on.
    void finish() noexcept { finished_ = true; }

    event next();

    /// Where the payload handed out so far is being collected. Decompressed data continues right after it; if that is
    /// not possible, the collected payload is moved and `collected` is updated. Null while the payload is not
    /// collected; reset at entry_begin. Set it before every next() that may return data. Only used when event::in is
    /// set.
    void hold(segments* collected) noexcept { held_ = collected; }
    /// Sets the size of the current entry, known from elsewhere (the metadata of a multipart response): the entry must
    /// then have exactly this size. Precondition: next() just returned entry_begin, and entry().size_known is false.
    void expect_size(std::uint64_t size) noexcept;

    /// True when the current entry's payload is decompressed into slabs that the reader owns.
    bool inflates() const noexcept { return in_entry_ && method_ == zip_deflated; }
    /// The current member, from entry_begin on.
    entry_header const& entry() const noexcept { return entry_; }
    /// Payload bytes of the current member not handed out yet. Never 0 before an entry_end that needs more input: it is
    /// 1 while only the member's checksum is missing, and an estimate while its size is not known.
    std::uint64_t entry_remaining() const noexcept;
    /// Archive bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_before_ + static_cast<std::uint64_t>(at_ - begin_); }
    /// Input not yet consumed. Right after `end`: the bytes after the archive.
    std::span<std::byte const> unread() const noexcept { return {at_, end_}; }
    /// Bytes held for decompression in addition to slabs: see decompressor::memory().
    std::size_t memory() const noexcept { return inflater_ ? inflater_->memory() : 0; }
    /// What went wrong; stage::archive, with its offset. Only valid after event_kind::error.
    error const& failure() const noexcept { return failure_; }

private:
    enum class state : std::uint8_t {
        record,      // a header, or one of the records at the end
        measured,    // stored payload of known size
        unmeasured,  // stored payload of unknown size
        found,       // the end of such a payload was found
        deflated,    // compressed payload
        descriptor,  // data descriptor after a payload whose end is known
        comment,     // the archive comment, its last bytes
        ended,
        failed
    };
    using maybe_event = std::optional<event>;  // nothing: continue

    std::size_t available() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    // A record that lies whole in the input is read there; one that crosses inputs is gathered in carry_.
    std::byte const* peek(std::size_t bytes);
    template <std::size_t Bytes>
    std::optional<std::span<std::byte const, Bytes>> peek() {
        auto const* record = peek(Bytes);
        if (!record) return std::nullopt;
        return std::span<std::byte const, Bytes>(record, Bytes);
    }
    void drop(std::size_t bytes) noexcept;
    std::uint64_t record_offset() const noexcept { return offset() - carry_.size(); }

    maybe_event on_record();
    maybe_event on_local_header();
    maybe_event on_central_header();
    maybe_event on_end_record(zip_signature which);
    maybe_event on_comment();
    event on_unknown(zip_signature which);
    event next_after_end();

    void begin_entry(zip_local_header const& header, std::size_t header_bytes);
    maybe_event on_measured();
    maybe_event on_unmeasured();
    maybe_event on_found();
    maybe_event on_deflated();
    maybe_event inflate();
    maybe_event end_deflated();
    maybe_event on_descriptor();
    maybe_event end_payload();
    event end_entry(std::size_t take_back);

    event starved();
    event fail(errc code, std::uint64_t at, std::string text);
    event fail(zip_fault const& fault) { return fail(fault.code, record_offset(), fault.text); }

    std::byte const* begin_ = nullptr;
    std::byte const* at_ = nullptr;
    std::byte const* end_ = nullptr;
    std::uint64_t consumed_before_ = 0;  // archive bytes before begin_
    state state_ = state::record;
    after_end follows_;
    bool finished_ = false;

    // The current entry:
    bool in_entry_ = false;  // between entry_begin and entry_end
    bool has_descriptor_ = false;
    bool inflated_ = false;     // its compressed stream has ended
    bool more_output_ = false;  // the inflater has more output than the buffer could take
    std::uint16_t method_ = 0;
    std::optional<std::uint32_t> declared_crc_;
    std::optional<std::uint64_t> declared_compressed_;
    std::optional<std::uint64_t> declared_size_;
    zip_measures measured_;          // so far
    std::uint64_t data_offset_ = 0;  // where its payload starts
    zip_scan scan_;
    zip_scan::step found_;
    segments* held_ = nullptr;

    std::uint16_t comment_left_ = 0;
    entry_header entry_;
    std::string name_;              // of the current entry; reused
    std::vector<std::byte> carry_;  // the start of a record that crosses inputs
    zip_directory directory_;
    std::unique_ptr<decompressor> inflater_;  // made for the first deflated entry
    receive_buffer out_;                      // inflated bytes
    error failure_;
};

static_assert(reader<zip_reader>);

}  // namespace aisle::codec

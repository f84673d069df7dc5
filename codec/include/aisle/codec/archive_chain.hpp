#pragma once

#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/compression/expander.hpp>
#include <aisle/codec/tar/tar_reader.hpp>
#include <aisle/codec/zip/zip_reader.hpp>
#include <aisle/result.hpp>

#include <optional>

namespace aisle::codec {

/// Reads an archive of a given format, compressed or not, as it arrives. Models `reader` and gives the guarantees of
/// the readers it contains. For a compressed archive, the offsets of members and of tar errors count decompressed
/// bytes; the offsets of compression errors, and offset(), count the bytes that were fed.
///
/// A checksum stored after its data (gzip always; zstd and lz4 optionally) can only be verified after that data was
/// handed out.
class archive_chain {
public:
    /// pool: where decompressed bytes are stored; must outlive the chain.
    /// max_window_bytes: see make_decompressor().
    archive_chain(archive_format format, slab_pool& pool, after_end follows = after_end::zero_padding,
                  std::size_t max_window_bytes = default_max_window_bytes);

    void feed(std::span<std::byte const> input) noexcept {
        if (expander_)
            expander_->feed(input);
        else if (zip_)
            zip_->feed(input);
        else
            tar_.feed(input);
    }
    void finish() noexcept;
    event next() {
        if (plain_tar_) return tar_.next();
        return zip_ ? zip_->next() : next_expanded();
    }

    /// Where the payload handed out so far is being collected. Decompressed data continues right after it; if that is
    /// not possible, the collected payload is moved and `collected` is updated. Null while the payload is not
    /// collected. Set it before every next() that may return data. Only used where lands_itself() is true.
    void hold(segments* collected) noexcept {
        collected_ = collected;
        if (zip_) zip_->hold(collected);
    }
    /// Sets a size known from elsewhere. Precondition: next() just returned entry_begin, and entry().size_known is
    /// false.
    void expect_size(std::uint64_t size) noexcept { zip_->expect_size(size); }

    /// The tar reader, if the archive is an uncompressed tar, for callers that feed and query it directly; null for
    /// every other format.
    tar_reader* plain_tar() noexcept { return plain_tar_ ? &tar_ : nullptr; }
    /// True when the current entry's payload is handed out from slabs that the chain owns (event::in is set).
    bool lands_itself() const noexcept { return expander_ || (zip_ && zip_->inflates()); }
    /// True when all input is compressed: a few large inputs are then cheaper than many small ones.
    bool wants_large_pieces() const noexcept { return expander_.has_value(); }

    entry_header const& entry() const noexcept { return zip_ ? zip_->entry() : tar_.entry(); }
    std::uint64_t entry_remaining() const noexcept { return zip_ ? zip_->entry_remaining() : tar_.entry_remaining(); }
    std::uint64_t offset() const noexcept {
        if (expander_) return expander_->offset();
        return zip_ ? zip_->offset() : tar_.offset();
    }
    std::span<std::byte const> unread() const noexcept;
    /// Bytes held for decompression in addition to slabs: see decompressor::memory().
    std::size_t memory() const noexcept {
        if (expander_) return expander_->memory();
        return zip_ ? zip_->memory() : 0;
    }
    error const& failure() const noexcept;
    archive_format format() const noexcept { return format_; }

private:
    event next_expanded();
    std::optional<event> more_tar();
    event fail(error why);

    archive_format format_;
    after_end follows_;
    bool plain_tar_;
    bool expansion_ended_ = false;  // the compressed stream has ended
    error failure_;                 // of a compressed archive; otherwise the reader has its own
    segments* collected_ = nullptr;
    tar_reader tar_;
    std::optional<expander> expander_;
    std::optional<zip_reader> zip_;
};

static_assert(reader<archive_chain>);

}  // namespace aisle::codec

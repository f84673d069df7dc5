#pragma once

#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/expander.hpp>
#include <aisle/codec/tar_reader.hpp>
#include <aisle/codec/zip_reader.hpp>
#include <aisle/result.hpp>

#include <optional>

namespace aisle::codec {

/// Reads an archive of a given format, compressed or not, as it arrives. A `reader`; its promises are those of the
/// readers within. Of a compressed archive, offsets of members and of errors in tar count decompressed bytes; those of
/// errors in the compression, and offset(), count what was fed.
///
/// A checksum that stands behind the data it is of (gzip's, zstd's, lz4's when there is one) can only be compared when
/// that data has been handed out.
class archive_chain {
public:
    /// pool: where plain bytes are decompressed to; outlives the chain.
    /// max_window_bytes: as make_decompressor() has it.
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

    /// Where the payload handed out so far is being collected, so that what is decompressed next lands behind it; it is
    /// relocated when it has to move. Null while nobody collects. Set it before every next() that may give data; only
    /// used where lands_itself().
    void hold(segments* collected) noexcept {
        collected_ = collected;
        if (zip_) zip_->hold(collected);
    }
    /// Tells a size known from elsewhere. Precondition: next() just said entry_begin, and entry().size_known is false.
    void expect_size(std::uint64_t size) noexcept { zip_->expect_size(size); }

    /// The reader of an archive that is tar without compression, for whoever feeds it and asks it directly; null for
    /// any other.
    tar_reader* plain_tar() noexcept { return plain_tar_ ? &tar_ : nullptr; }
    /// True when the current entry's payload is handed out from slabs of the chain's own (event::in is set).
    bool lands_itself() const noexcept { return expander_ || (zip_ && zip_->inflates()); }
    /// True when all that is fed is compressed: then a few large pieces cost less than many small ones.
    bool wants_large_pieces() const noexcept { return expander_.has_value(); }

    entry_header const& entry() const noexcept { return zip_ ? zip_->entry() : tar_.entry(); }
    std::uint64_t entry_remaining() const noexcept { return zip_ ? zip_->entry_remaining() : tar_.entry_remaining(); }
    std::uint64_t offset() const noexcept {
        if (expander_) return expander_->offset();
        return zip_ ? zip_->offset() : tar_.offset();
    }
    std::span<std::byte const> unread() const noexcept;
    /// Bytes that decompression holds besides slabs: see decompressor::memory().
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
    error failure_;                 // of a compressed archive; the readers keep their own otherwise
    segments* collected_ = nullptr;
    tar_reader tar_;
    std::optional<expander> expander_;
    std::optional<zip_reader> zip_;
};

static_assert(reader<archive_chain>);

}  // namespace aisle::codec

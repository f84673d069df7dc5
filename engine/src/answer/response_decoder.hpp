#pragma once

#include <aisle/batch.hpp>
#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/codec/multipart_reader.hpp>
#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::detail {

/// How an answer is framed, told by its Content-Type.
struct answer_shape {
    /// Nothing for a multipart answer: its archive part calls itself application/octet-stream, whatever it is.
    std::optional<codec::archive_format> format;
    std::string boundary;  ///< of a multipart answer; empty for a plain stream
};

/// What the metadata of a multipart answer may come to: the server is not believed beyond what was asked for.
struct metadata_limits {
    std::size_t entries = SIZE_MAX;             ///< as many as were asked for
    std::size_t bytes = codec::max_json_bytes;  ///< of JSON; reading takes about five times as much memory
};
/// Limits for an answer about these of the entries: their names and opaques come back, as JSON may write them, and for
/// each the server's words, 1 KiB of them on average. Pure.
metadata_limits metadata_limits_of(std::span<entry const> all, std::span<std::uint32_t const> asked);

/// Reads the Content-Type that ARRIVED. Pure. Errors: wrong_content_type, bad_multipart.
result<answer_shape> shape_of(std::string_view content_type);

/// Turns body pieces of a Get-Batch answer into entry events, whichever way it is framed. Sans-IO.
///
/// What ARRIVED decides, by Content-Type or by the archive's first bytes, not what was asked: AIStore answers an
/// unknown format with plain tar. A multipart answer's metadata is read before its first entry event. Not movable, as
/// its archive reader is not.
class response_decoder {
public:
    /// pool: where plain bytes are decompressed to; outlives the decoder. Metadata over the limits is
    /// errc::limit_exceeded as soon as that shows.
    response_decoder(answer_shape shape, slab_pool& pool, metadata_limits most = {});

    /// The next piece of the body; only when next() said need_input. Must stay valid until the next need_input.
    void feed(std::span<std::byte const> piece);
    /// The body has ended well.
    void finish();
    /// collected: where the payload handed out so far is kept, null while nobody keeps it. Event data that was
    /// decompressed lands behind it, and it is relocated when it has to move; where lands_itself() is false it is not
    /// touched.
    /// `end` comes with the archive's end mark, and once more when the body has ended behind it.
    codec::event next(segments* collected);
    bool finished() const noexcept { return finished_; }
    /// The reader of an answer that is a tar archive and nothing else, for whoever feeds it and asks it directly, but
    /// for finish(); null for any other.
    codec::tar_reader* plain_tar() noexcept { return parts_ ? nullptr : archive_->plain_tar(); }

    // ---- from the first entry on
    codec::entry_header const& entry() const { return archive_->entry(); }
    std::uint64_t entry_remaining() const { return archive_->entry_remaining(); }
    void expect_size(std::uint64_t size) noexcept { archive_->expect_size(size); }

    /// True when the current entry's payload lies in slabs of the decoder's own, not in what it was fed.
    bool lands_itself() const noexcept { return archive_ && archive_->lands_itself(); }
    /// True when few large pieces are cheaper to read than many small ones.
    bool wants_large_pieces() const noexcept { return !parts_ && archive_->wants_large_pieces(); }
    /// The archive's format, once it is known.
    std::optional<codec::archive_format> format() const noexcept;
    /// Set once the metadata part is read; take it before the first entry.
    std::optional<codec::moss_metadata>& metadata() noexcept { return metadata_; }
    /// Bytes that decompression holds besides slabs.
    std::size_t memory() const noexcept { return archive_ ? archive_->memory() : 0; }
    error const& failure() const noexcept { return failure_; }

private:
    enum class part : std::uint8_t { done, metadata, archive };

    codec::event next_in_archive(segments* collected);
    codec::event next_in_parts(segments* collected);
    void feed_archive(std::span<std::byte const> data);
    result<void> begin_part();
    result<void> end_part();
    codec::event failed(error why);

    slab_pool* pool_;
    metadata_limits most_;
    std::optional<codec::archive_chain> archive_;  // of a multipart answer made when its first bytes are here
    codec::format_probe probe_;                    // of a multipart answer's archive
    std::span<std::byte const> behind_magic_;      // to be fed when the magic is consumed
    std::optional<codec::multipart_reader> parts_;
    part part_ = part::done;
    bool archive_seen_ = false;
    bool metadata_read_ = false;
    bool finished_ = false;
    std::string json_;
    std::optional<codec::moss_metadata> metadata_;
    error failure_;
};

}  // namespace aisle::detail

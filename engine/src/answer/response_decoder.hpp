#pragma once

#include <aisle/batch.hpp>
#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/multipart/multipart_reader.hpp>
#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::detail {

/// The framing of a response, from its Content-Type.
struct answer_shape {
    /// nullopt for a multipart response: its archive part is always called application/octet-stream.
    std::optional<codec::archive_format> format;
    std::string boundary;  ///< of a multipart response; empty for a plain stream
};

/// Limits of a multipart response's metadata: the server is not trusted beyond what was requested.
struct metadata_limits {
    std::size_t entries = SIZE_MAX;             ///< as many as were requested
    std::size_t bytes = codec::max_json_bytes;  ///< of JSON; parsing takes about five times as much memory
};
/// Limits for a response about these entries: their names and opaques, as JSON may escape them, and on average 1 KiB of
/// error message for each. Pure.
metadata_limits metadata_limits_of(std::span<entry const> all, std::span<std::uint32_t const> asked);

/// Parses the Content-Type of the response. Pure. Errors: wrong_content_type, bad_multipart.
result<answer_shape> shape_of(std::string_view content_type);

/// Turns the body of a Get-Batch response, in either framing, into entry events. Sans-IO.
///
/// The Content-Type or the first bytes of the archive determine the format, not the request: for an unknown format
/// AIStore sends plain tar. A multipart response's metadata is read before its first entry event. Not movable,
/// because its archive reader is not.
class response_decoder {
public:
    /// pool: for decompressed bytes; outlives the decoder. Metadata over the limits is errc::limit_exceeded as soon as
    /// it exceeds them.
    response_decoder(answer_shape shape, slab_pool& pool, metadata_limits most = {});

    /// The next piece of the body; call only when next() has returned need_input. Must stay valid until the next
    /// need_input.
    void feed(std::span<std::byte const> piece);
    /// The body has ended without error.
    void finish();
    /// collected: where the payload so far is kept; null if it is not kept. Decompressed event data is placed after it,
    /// and it is relocated if it has to move; untouched if lands_itself() is false.
    /// `end` comes at the archive's end mark, and again at the end of the body.
    codec::event next(segments* collected);
    bool finished() const noexcept { return finished_; }
    /// The reader of a response that is only a tar archive, for callers that drive it directly (except finish()); null
    /// for other responses.
    codec::tar_reader* plain_tar() noexcept { return parts_ ? nullptr : archive_->plain_tar(); }

    // ---- from the first entry on
    codec::entry_header const& entry() const { return archive_->entry(); }
    std::uint64_t entry_remaining() const { return archive_->entry_remaining(); }
    void expect_size(std::uint64_t size) noexcept { archive_->expect_size(size); }

    /// True if the current entry's payload lies in the decoder's own slabs, not in its input.
    bool lands_itself() const noexcept { return archive_ && archive_->lands_itself(); }
    /// True if a few large pieces are cheaper to read than many small ones.
    bool wants_large_pieces() const noexcept { return !parts_ && archive_->wants_large_pieces(); }
    /// The archive's format, once known.
    std::optional<codec::archive_format> format() const noexcept;
    /// Set once the metadata part is read; take it before the first entry.
    std::optional<codec::get_batch_metadata>& metadata() noexcept { return metadata_; }
    /// Memory of decompressors, in bytes, without slabs.
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
    std::optional<codec::archive_chain> archive_;  // of a multipart response: created with its first bytes
    codec::format_probe probe_;                    // for a multipart response's archive
    std::span<std::byte const> behind_magic_;      // to be fed when the magic is consumed
    std::optional<codec::multipart_reader> parts_;
    part part_ = part::done;
    bool archive_seen_ = false;
    bool metadata_read_ = false;
    bool finished_ = false;
    std::string json_;
    std::optional<codec::get_batch_metadata> metadata_;
    error failure_;
};

}  // namespace aisle::detail

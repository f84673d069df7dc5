#pragma once

#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/codec/multipart_reader.hpp>
#include <aisle/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// How an answer is framed, told by its Content-Type.
struct answer_shape {
    codec::archive_format format = codec::archive_format::tar;
    std::string boundary;  ///< of a multipart answer; empty for a plain stream
};

/// Reads the Content-Type that ARRIVED. asked: the format asked for, which is what the archive part of a multipart
/// answer holds (its own type is application/octet-stream). Pure. Errors: wrong_content_type, bad_multipart.
result<answer_shape> shape_of(std::string_view content_type, codec::archive_format asked);

/// Turns body pieces of a Get-Batch answer into entry events, whichever way it is framed. Sans-IO.
///
/// What ARRIVED decides, by Content-Type, not what was asked: AIStore answers an unknown format with plain tar.
/// A multipart answer's metadata is read before its first entry event.
class response_decoder {
public:
    explicit response_decoder(answer_shape shape);

    /// The next piece of the body; only when next() said need_input. Must stay valid until the next need_input.
    void feed(std::span<std::byte const> piece);
    /// The body has ended well.
    void finish();
    codec::event next();

    codec::entry_header const& entry() const { return archive_.entry(); }
    std::uint64_t entry_remaining() const { return archive_.entry_remaining(); }
    /// Set once the metadata part is read; take it before the first entry.
    std::optional<codec::moss_metadata>& metadata() noexcept { return metadata_; }
    error const& failure() const noexcept { return failure_; }

private:
    enum class part : std::uint8_t { done, metadata, archive };

    codec::event next_in_parts();
    result<void> begin_part();
    result<void> end_part();
    codec::event failed(error why);

    codec::archive_chain archive_;
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

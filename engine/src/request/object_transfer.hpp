#pragma once

#include "../answer/payload_intake.hpp"
#include "object_head.hpp"

#include <aisle/batch.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>
#include <aisle/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aisle::detail {

/// What the head of an answer says about the object in its body. Views into the answer; empty: no such field.
struct object_head {
    int status = 0;
    std::optional<std::uint64_t> content_length;  ///< bytes of the body; nothing when it is chunked
    std::string_view content_range;
    std::string_view etag;
    std::string_view version;   ///< Ais-Version
    std::string_view checksum;  ///< Ais-Checksum-Value
    std::string_view last_modified;
    std::string_view content_encoding = {};
};
/// Reads these fields of an answer. The views live as long as it.
object_head head_of(http::response const& answer);

/// Fetches one entry by plain GET, over as many requests as it takes: bytes that are here are not asked for again.
/// Sans-IO: the caller sends what next_request() says and hands in what comes.
///
/// \code
///   object      |......|#########################|........|      # the wanted part: the range, or everything
///                      ^start           received()^ of it are here, copied into a slab of the transfer's own
///   next answer               |.....#######|                     begins and ends where the server likes
/// \endcode
///
///  - For each request: next_request(), begin(), data() for what comes of the body, end_of_body() when that is whole.
///    A request may end anywhere in between; the next one goes on where it ended.
///  - An answer that brings the wanted part from its first byte on, such as a 200 to a request for the rest, is
///    compared with the bytes that are here, and where it differs it replaces them. So what is delivered is always what
///    one version has, also when nothing tells versions apart.
///  - Members of shards are sent whole by AIStore, which refuses Range together with archpath (ais/target.go): the
///    range is cut out here, and another request brings the member anew.
///
/// Afterwards the bytes go through payload_intake for checksum and decompression. One thread.
class object_transfer {
public:
    /// The most memory, in bytes, that is taken on the server's word alone; beyond, it doubles as bytes arrive.
    static constexpr std::size_t trusted_bytes = std::size_t{64} * 1024 * 1024;

    /// what: passed check(); outlives the transfer. slabs: outlives it too. max_sample_bytes: the most that is taken.
    object_transfer(entry const& what, slab_pool& slabs, std::uint64_t max_sample_bytes) noexcept;

    /// GET /v1/objects/BUCKET/NAME?provider=...[&namespace=...][&archpath=...] for what is lacking, with a Range field
    /// (RFC 9110, section 14.2) unless that is all there is. The host is left to the caller. Without If-Range, which
    /// AIStore does not know: begin() compares. Precondition: not complete(). Error: invalid_entry.
    result<http::request> next_request() const;

    /// Takes the head of the answer to next_request(). Statuses 200, 206 and 416 are for here, others are for
    /// answer_error(); the body of a 416 is not for data(). After an error nothing of the body may be handed in.
    ///
    /// Errors, each with the status and, where it is the matter, Content-Range as server_text:
    ///  - truncated_body: the object was changed since the last request. The transfer starts anew: ask again;
    ///  - wrong_size: another range than asked for, a range that is not inside the object, or not the expected size;
    ///  - bad_http: 206 unasked, or with a Content-Range that is missing, not of bytes, or contradicts the length;
    ///  - unframed_body: an open range in an object whose size the answer does not say;
    ///  - limit_exceeded: more than max_sample_bytes;
    ///  - content_encoding: the body is not the object's bytes.
    result<void> begin(object_head const& head);

    /// Takes bytes of the body, in order; those outside of the wanted part are dropped. Errors: bad_http for more than
    /// was announced; limit_exceeded for more than max_sample_bytes, or no memory; truncated_body as begin().
    result<void> data(std::span<std::byte const> bytes);

    /// Takes the body's end, as HTTP framing tells it (not for a cut connection). Errors: truncated_body when bytes of
    /// the wanted part are lacking: ask for them; wrong_size when the object ends before the range does.
    result<void> end_of_body();

    /// True when the wanted part is here. What is left of the body then has no use.
    bool complete() const noexcept { return wanted_ && received_ == *wanted_; }
    /// Bytes of the wanted part that are here, from its first on. Falls only when they may be of another version.
    std::uint64_t received() const noexcept { return received_; }
    /// Bytes of the wanted part, once an answer has told.
    std::optional<std::uint64_t> size() const noexcept { return wanted_; }

    /// Bytes of the wanted part that there is no slab for yet, as far as its size is known.
    std::size_t lacking_bytes() const noexcept;

    /// Forgets everything, bytes included: the next request is as the first.
    void restart() noexcept;

    /// The wanted part, as one run; no slab where it is empty. Leaves the transfer as restart() does.
    /// Precondition: complete().
    taken_payload take();

    /// The capacity in bytes of the slab that follows one of `now` bytes (0: none yet) when that is too small for the
    /// `wanted` ones, or for nobody knows how many. Pure.
    static std::size_t next_capacity(std::size_t now, std::optional<std::uint64_t> wanted) noexcept;

private:
    // Where the body of the current answer lies in the object.
    struct body_place {
        std::uint64_t first = 0;
        std::optional<std::uint64_t> size;
        std::optional<std::uint64_t> total;
    };

    std::uint64_t start() const noexcept { return static_cast<std::uint64_t>(what_->range.start); }
    std::uint64_t asked_from() const noexcept;
    bool asks_range() const noexcept;
    result<void> begin_body(object_head const& head);
    result<body_place> place_of(object_head const& head) const;
    result<std::optional<std::uint64_t>> size_wanted() const;
    result<void> check_size(std::uint64_t size) const;
    result<void> append(std::span<std::byte const> bytes);
    error not_satisfiable(std::string_view content_range);
    error changed();
    error too_large(std::string const& has) const;

    entry const* what_;
    slab_pool* slabs_;
    std::uint64_t max_sample_bytes_;

    slab_ref slab_;  // holds the first received_ bytes of the wanted part
    std::uint64_t received_ = 0;
    std::optional<std::uint64_t> wanted_;  // size of the wanted part
    object_identity identity_;             // of the object that these are of

    // Of the current answer.
    std::uint64_t skip_ = 0;             // bytes of its body still to come that lie before the wanted part
    std::uint64_t at_ = 0;               // where in the wanted part the next one goes
    std::optional<std::uint64_t> left_;  // bytes still to come, where that was announced
    bool covers_ = false;                // it brings the wanted part from its first byte on
};

}  // namespace aisle::detail

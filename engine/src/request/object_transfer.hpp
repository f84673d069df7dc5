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

/// What the head of a response says about the object in its body. Views into the response; empty: no such field.
struct object_head {
    int status = 0;
    std::optional<std::uint64_t> content_length;  ///< bytes of the body; nullopt if it is chunked
    std::string_view content_range;
    std::string_view etag;
    std::string_view version;   ///< Ais-Version
    std::string_view checksum;  ///< Ais-Checksum-Value
    std::string_view last_modified;
    std::string_view content_encoding = {};
};
/// Reads these fields of a response. The views live as long as it.
object_head head_of(http::response const& answer);

/// Fetches one entry by plain GET, with as many requests as needed: received bytes are not requested again. Sans-IO:
/// the caller sends what next_request() returns and passes in what arrives.
///
/// \code
///   object      |......|#########################|........|      # the wanted part: the range, or everything
///                      ^start           received()^ of it are here, copied into a slab of the transfer's own
///   next response               |.....#######|                   the server chooses where it begins and ends
/// \endcode
///
///  - For each request: next_request(), begin(), data() for pieces of the body, end_of_body() when it is complete. A
///    request may end anywhere in between; the next one continues there.
///  - A response that contains the wanted part from its first byte, such as a 200 to a request for the rest, is
///    compared with the received bytes, and replaces them if it differs. So the delivered bytes always belong to one
///    version, even if versions cannot be distinguished.
///  - AIStore sends members of shards whole and refuses Range together with archpath (ais/target.go): the range is cut
///    out here, and each request delivers the member from its first byte.
///
/// Afterwards the bytes pass through payload_intake for checksum and decompression. One thread.
class object_transfer {
public:
    /// Maximum memory, in bytes, reserved for an announced size; beyond that it doubles as bytes arrive.
    static constexpr std::size_t trusted_bytes = std::size_t{64} * 1024 * 1024;

    /// what: passed check(); outlives the transfer. slabs: outlives it too. max_sample_bytes: the maximum size.
    object_transfer(entry const& what, slab_pool& slabs, std::uint64_t max_sample_bytes) noexcept;

    /// GET /v1/objects/BUCKET/NAME?provider=...[&namespace=...][&archpath=...] for the missing bytes, with a Range
    /// field (RFC 9110, section 14.2) unless everything is missing. The caller sets the host. No If-Range, which
    /// AIStore does not support: begin() compares. Precondition: not complete(). Error: invalid_entry.
    result<http::request> next_request() const;

    /// Takes the head of the response to next_request(), with status 200, 206 or 416; other statuses are for
    /// answer_error(). Do not pass the body of a 416 to data(), nor any body after an error.
    ///
    /// Errors, each with the status and, if relevant, Content-Range as server_text:
    ///  - truncated_body: the object changed since the last request. The transfer starts again: request again;
    ///  - wrong_size: another range than requested, a range outside the object, or not the expected size;
    ///  - bad_http: an unrequested 206, or a Content-Range that is missing, not of bytes, or contradicts the length;
    ///  - unframed_body: an open range in an object whose size the response does not give;
    ///  - limit_exceeded: more than max_sample_bytes;
    ///  - content_encoding: the body is not the object's bytes.
    result<void> begin(object_head const& head);

    /// Takes bytes of the body, in order; those outside the wanted part are dropped. Errors: bad_http for more bytes
    /// than announced; limit_exceeded for more than max_sample_bytes, or no memory; truncated_body as in begin().
    result<void> data(std::span<std::byte const> bytes);

    /// Takes the end of the body, as HTTP framing gives it (not for a cut connection). Errors: truncated_body if bytes
    /// of the wanted part are missing: request them; wrong_size if the object ends before the range.
    result<void> end_of_body();

    /// True when the wanted part is complete. The rest of the body is then useless.
    bool complete() const noexcept { return wanted_ && received_ == *wanted_; }
    /// Received bytes of the wanted part, from its first byte. Decreases only if they may be of another version.
    std::uint64_t received() const noexcept { return received_; }
    /// Bytes of the wanted part, once a response has given its size.
    std::optional<std::uint64_t> size() const noexcept { return wanted_; }

    /// Bytes of the wanted part for which there is no slab yet, as far as its size is known.
    std::size_t lacking_bytes() const noexcept;

    /// Forgets everything, including received bytes: the next request is like the first.
    void restart() noexcept;

    /// The wanted part, as one run; no slab if it is empty. Resets the transfer like restart(). Precondition:
    /// complete().
    taken_payload take();

    /// The capacity in bytes of the slab after one of `now` bytes (0: none yet), if that is too small for `wanted`
    /// bytes, or for an unknown number. Pure.
    static std::size_t next_capacity(std::size_t now, std::optional<std::uint64_t> wanted) noexcept;

private:
    // The position of the current response's body in the object.
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
    object_identity identity_;             // of the object that these bytes are from

    // Of the current response.
    std::uint64_t skip_ = 0;             // bytes still to arrive that are before the wanted part
    std::uint64_t at_ = 0;               // position in the wanted part of the next byte
    std::optional<std::uint64_t> left_;  // bytes still to arrive, if announced
    bool covers_ = false;                // it contains the wanted part from its first byte
};

}  // namespace aisle::detail

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// What a response says about the version of the object that it contains. Empty strings: unknown.
///
/// AIStore sends a checksum and a version with objects, an ETag only with those of a cloud bucket, and none of these
/// with members of shards (ais/tgtobj.go, cmn/objattrs.go). In a bucket with the property checksum.enable_read_range,
/// a response to a Range has the checksum of that range: its parts do not look like parts of one object.
struct object_identity {
    std::optional<std::uint64_t> total = {};  ///< size of the whole object in bytes
    std::string checksum = {};       ///< Ais-Checksum-Value, of the whole object unless enable_read_range is on
    std::string version = {};        ///< Ais-Version; restarts at 1 if an object is deleted and put again
    std::string etag = {};           ///< ETag; a weak one ("W/...") does not identify bytes and counts as none
    std::string last_modified = {};  ///< Last-Modified, to the second

    /// True if anything besides the size can distinguish two versions.
    bool tells_versions() const noexcept;
};

enum class sameness : std::uint8_t {
    same,       ///< the same bytes
    unknown,    ///< not enough information
    different,  ///< another version
};

/// Compares two responses. If both sizes are known, they must be equal. Then, if both have a checksum, it alone
/// decides; otherwise each of version, ETag and Last-Modified that both have must be equal. Pure.
sameness compare(object_identity const& a, object_identity const& b) noexcept;

/// The byte range of an object in a 206 response, from its Content-Range field (RFC 9110, section 14.4).
struct content_range {
    std::uint64_t first = 0;                  ///< offset in the object of the response's first byte
    std::uint64_t last = 0;                   ///< offset of its last byte, at least first, below 2^63
    std::optional<std::uint64_t> total = {};  ///< size of the object in bytes, above last; nullopt if the field has "*"

    std::uint64_t size() const noexcept { return last - first + 1; }
    friend bool operator==(content_range const&, content_range const&) = default;
};

/// Parses "bytes FIRST-LAST/TOTAL" or "bytes FIRST-LAST/*". nullopt for another unit, for a range that ends before its
/// beginning or after the object, and for anything else. Pure.
std::optional<content_range> read_content_range(std::string_view text) noexcept;

/// Parses the form of a 416 response, "bytes */TOTAL": the object's size in bytes. Pure.
std::optional<std::uint64_t> read_unsatisfied_range(std::string_view text) noexcept;

}  // namespace aisle::detail

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// What answers about one object say of the version of it that they carry. Empty strings: not said.
///
/// AIStore sends a checksum and a version with objects, an ETag only with those of a cloud bucket, and none of it with
/// members of shards (ais/tgtobj.go, cmn/objattrs.go). In a bucket with the property checksum.enable_read_range an
/// answer to a Range has the checksum of that range: its parts do not look like those of one object.
struct object_identity {
    std::optional<std::uint64_t> total = {};  ///< size of the whole object in bytes
    std::string checksum = {};       ///< Ais-Checksum-Value, of the whole object unless enable_read_range is on
    std::string version = {};        ///< Ais-Version; an object that is deleted and put again begins anew at 1
    std::string etag = {};           ///< ETag; a weak one ("W/...") does not tell bytes and is taken for none
    std::string last_modified = {};  ///< Last-Modified, to the second

    /// True when there is anything besides the size to tell two versions apart by.
    bool tells_versions() const noexcept;
};

enum class sameness : std::uint8_t {
    same,       ///< the same bytes
    unknown,    ///< nothing speaks for it, nothing against it
    different,  ///< another version
};

/// Compares what two answers say. Sizes have to be equal where both are known. Then a checksum that both have decides
/// alone; else each of version, ETag and Last-Modified that both have has to be equal. Pure.
sameness compare(object_identity const& a, object_identity const& b) noexcept;

/// Which bytes of an object a 206 answer carries, as its Content-Range field says (RFC 9110, section 14.4).
struct content_range {
    std::uint64_t first = 0;  ///< offset in the object of the answer's first byte
    std::uint64_t last = 0;   ///< offset of its last byte, at least first, below 2^63
    std::optional<std::uint64_t> total =
        {};  ///< size of the object in bytes, above last; nothing where the field has "*"

    std::uint64_t size() const noexcept { return last - first + 1; }
    friend bool operator==(content_range const&, content_range const&) = default;
};

/// Reads "bytes FIRST-LAST/TOTAL" or "bytes FIRST-LAST/*". Nothing for another unit, for a range that ends before it
/// begins or behind the object, and for anything else. Pure.
std::optional<content_range> read_content_range(std::string_view text) noexcept;

/// Reads the form of a 416 answer, "bytes */TOTAL": the object's size in bytes. Pure.
std::optional<std::uint64_t> read_unsatisfied_range(std::string_view text) noexcept;

}  // namespace aisle::detail

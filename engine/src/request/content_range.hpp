#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aisle::detail {

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

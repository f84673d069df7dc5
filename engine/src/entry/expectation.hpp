#pragma once

#include <aisle/batch.hpp>
#include <aisle/codec/checksum.hpp>
#include <aisle/result.hpp>

#include <string>
#include <string_view>

namespace aisle::detail {

/// A checksum an entry's payload must have.
struct expected_checksum {
    codec::checksum_type type;
    std::string value;  ///< as AIStore writes it, in lower case
};

/// Reads "TYPE:HEX". Pure. Error: invalid_entry.
result<expected_checksum> read_checksum(std::string_view text);

/// The size an entry's payload has to have by what was asked for, if that says: of a range with a length, or as
/// expected.
inline std::optional<std::uint64_t> size_asked(entry const& e) noexcept {
    if (e.range.length > 0) return static_cast<std::uint64_t>(e.range.length);
    return e.expected_size;
}

}  // namespace aisle::detail

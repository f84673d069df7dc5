#pragma once

#include <aisle/batch.hpp>
#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/result.hpp>

#include <string>
#include <string_view>

namespace aisle::detail {

/// The checksum that an entry's payload must have.
struct expected_checksum {
    codec::checksum_type type;
    std::string value;  ///< as AIStore writes it, in lower case
};

/// Parses "TYPE:HEX". Pure. Error: invalid_entry.
result<expected_checksum> read_checksum(std::string_view text);

/// The size that an entry's payload must have, from its range or its expected size; nullopt if neither gives it.
inline std::optional<std::uint64_t> size_asked(entry const& e) noexcept {
    if (e.range.length > 0) return static_cast<std::uint64_t>(e.range.length);
    return e.expected_size;
}

}  // namespace aisle::detail

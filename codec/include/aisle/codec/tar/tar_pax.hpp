#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::codec {

/// The PAX records of a member that a reader needs (POSIX.1-2017, pax, "pax Extended Header").
struct pax_fields {
    /// Set if there was a `path` record; empty if the record deletes an earlier one.
    std::optional<std::string> path;
    /// Set if there was a `size` record with a value.
    std::optional<std::uint64_t> size;
    /// There was a `size` record without a value, which deletes an earlier one.
    bool size_deleted = false;
    /// There was a GNU.sparse record: the payload is not the file's plain content.
    bool sparse = false;
};

enum class pax_status : std::uint8_t { ok, malformed, name_too_long };

/// Parses the records "LENGTH KEYWORD=VALUE\n" of one extended header into `fields`; later records win.
/// Unknown keywords are ignored. max_name_bytes limits `path`.
pax_status parse_pax(std::string_view records, std::size_t max_name_bytes, pax_fields& fields);

}  // namespace aisle::codec

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::codec {

/// What PAX records say about a member, as far as a reader needs it (POSIX.1-2017, pax, "pax Extended Header").
struct pax_fields {
    /// Set when there was a `path` record; empty when the record deletes an earlier one.
    std::optional<std::string> path;
    /// Set when there was a `size` record with a value.
    std::optional<std::uint64_t> size;
    /// There was a `size` record without a value: it deletes an earlier one.
    bool size_deleted = false;
    /// There was a GNU.sparse record: the payload is not the file's bytes.
    bool sparse = false;
};

enum class pax_status : std::uint8_t { ok, malformed, name_too_long };

/// Reads the records "LENGTH KEYWORD=VALUE\n" of one extended header into `fields`; later records win.
/// Unknown keywords are passed over. max_name_bytes bounds `path`.
pax_status parse_pax(std::string_view records, std::size_t max_name_bytes, pax_fields& fields);

}  // namespace aisle::codec

#pragma once

#include <aisle/codec/multipart/multipart_reader.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// The value of a parameter in "value; name=token; name=\"quoted\"" (RFC 2045, section 5.1), unquoted. Nothing if it
/// is missing, repeated, or the field value does not have this form.
std::optional<std::string> parameter_of(std::string_view field_value, std::string_view name);

/// Parses the header fields of a part, up to and including the empty line, into `out`; folded lines are joined by a
/// space (RFC 5322, section 2.2.3). False if a line has no name.
bool parse_part_fields(std::string_view head, std::vector<part_field>& out);

}  // namespace aisle::codec

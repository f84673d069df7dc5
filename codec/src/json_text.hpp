#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::codec {

/// How much of a string is escaped.
enum class json_escapes : std::uint8_t {
    needed,  ///< what JSON asks for (RFC 8259, section 7)
    as_go    ///< also <, >, & and the line separators U+2028 and U+2029, as Go's encoders do
};

/// True of a text that JSON takes as it is between quotes: printable ASCII without quote and backslash. False of other
/// texts that it takes as well.
bool is_plain_json(std::string_view text) noexcept;

/// Appends a quoted JSON string. Bytes that are not UTF-8 become U+FFFD, one each, so that the result is valid.
void append_json_string(std::string& out, std::string_view text, json_escapes escapes);

void append_json_number(std::string& out, std::int64_t number);

}  // namespace aisle::codec

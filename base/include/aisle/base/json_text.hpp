#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::base {

/// Which characters of a string are escaped.
enum class json_escapes : std::uint8_t {
    needed,  ///< those that JSON requires (RFC 8259, section 7)
    as_go    ///< also <, >, & and the line separators U+2028 and U+2029, as Go's encoders do
};

/// True for text that needs no escaping: printable ASCII without quotes and backslashes. False also for other text that
/// JSON accepts unchanged.
bool is_plain_json(std::string_view text) noexcept;

/// Appends text as a JSON string with its quotes. Each byte that is not part of valid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text, json_escapes escapes = json_escapes::needed);
/// The same as a value.
std::string json_string(std::string_view text);

void append_json_number(std::string& out, std::int64_t number);

}  // namespace aisle::base

#pragma once

#include <string>
#include <string_view>

namespace aisle::playground {

/// Appends text as a JSON string with its quotes (RFC 8259, section 7). Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// The same as a value.
std::string json_string(std::string_view text);

}  // namespace aisle::playground

#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// Text safe to show on a terminal: control bytes (C0, DEL, C1), bidirectional overrides and bytes that are not UTF-8
/// become \xNN. Names come from whoever may write to a bucket, and a terminal obeys escape sequences.
std::string printable(std::string_view text);

/// Appends text as a JSON string, quotes included (RFC 8259). Bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

}  // namespace aisle::cli

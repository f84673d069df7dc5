#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// Makes text safe for a terminal: control characters (C0, DEL, C1), bidirectional overrides and invalid UTF-8 become
/// \xNN. Names come from the bucket, so they are not trusted: a terminal executes escape sequences.
std::string printable(std::string_view text);

}  // namespace aisle::cli

#pragma once

#include <aisle/result.hpp>

#include <string>
#include <string_view>

namespace aisle::codec {

/// Extracts the token from the text of a token file: either the `{"token": "..."}` that AIStore's command line tool
/// writes, or the text itself without surrounding white space. Error: invalid_argument if the text is empty, is any
/// other JSON, or if the token has a byte that is not visible ASCII (it is sent in a header field). No error quotes any
/// of the text.
result<std::string> read_token(std::string text);

/// The checks of read_token, for a token given directly.
result<void> check_token(std::string_view token);

}  // namespace aisle::codec

#pragma once

#include <aisle/result.hpp>

#include <string>
#include <string_view>

namespace aisle::codec {

/// The token in the text of a token file: the `{"token": "..."}` that AIStore's command line tool writes, or else the
/// text itself, without the white space around it. Errors: invalid_argument, when the text is empty, is JSON of another
/// kind, or the token has a byte that is not visible ASCII: it is to stand in a header field. No error contains any of
/// the text.
result<std::string> read_token(std::string text);

/// As read_token, for a token that is given as such.
result<void> check_token(std::string_view token);

}  // namespace aisle::codec

#pragma once

#include <aisle/result.hpp>
#include <aisle/security.hpp>

#include <string>

namespace aisle::cli {

/// The token that the command's own requests carry: the given one, else the file's text, else none (empty). A file may
/// be the `{"token": "..."}` of AIStore's command line tool. Errors: errc::invalid_argument for a file that cannot be
/// read or holds no token, and for a token that cannot stand in a header field. None of them shows it.
result<std::string> bearer_token(credentials const& who);

}  // namespace aisle::cli

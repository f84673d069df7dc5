#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

namespace aisle::detail {

/// Reads the body of an answer whose status is not 200, up to a limit, and makes the error of it: AIStore puts its
/// words in JSON.
http::task<error> read_answer_error(http::response& answer);

/// The error for a status and the text that came with it. Pure.
error answer_error(int status, std::string_view body, std::string_view designated_target);

}  // namespace aisle::detail

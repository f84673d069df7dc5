#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

#include <string>

namespace aisle::detail {

/// Reads the body of an answer whose status is not 200, up to a limit, and makes the error of it: AIStore puts its
/// words in JSON.
/// node: gets AIStore's name of the node that speaks ("t[ID]"), empty when it gives none.
http::task<error> read_answer_error(http::response& answer, std::string& node);

/// The error for a status and the text that came with it. Pure.
error answer_error(int status, std::string_view body, std::string_view designated_target, std::string& node);

}  // namespace aisle::detail

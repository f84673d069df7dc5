#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// Reads what is left of a body behind `into`, until it ends or `most` bytes are there. Errors: those of
/// http::response::read(); what came before stays in `into`. Both stay where they are meanwhile.
http::task<result<void>> read_text(http::response& answer, std::size_t most, std::string& into);

/// The decimal number a field has, and nothing else.
std::optional<std::uint64_t> number_in(http::response const& answer, std::string_view field);

/// Reads the body of an answer whose status is not 200, up to a limit, and makes the error of it: AIStore puts its
/// words in JSON.
/// node: gets AIStore's name of the node that speaks ("t[ID]"), empty when it gives none.
http::task<error> read_answer_error(http::response& answer, std::string& node);

/// The error for a status and the text that came with it. Pure.
error answer_error(int status, std::string_view body, std::string_view designated_target, std::string& node);

/// Says that an answer's body is as it was asked for: without a content coding (RFC 9110, section 8.4). Every request
/// has "Accept-Encoding: identity", so that what adds one stands between the server and here. Pure. Error:
/// content_encoding, which names it.
result<void> check_content_encoding(std::string_view field);

}  // namespace aisle::detail

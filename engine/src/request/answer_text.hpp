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

/// Appends the rest of a body to `into`, until the body ends or `into` has `most` bytes. Errors: those of
/// http::response::read(); earlier bytes stay in `into`. Neither may be moved meanwhile.
http::task<result<void>> read_text(http::response& answer, std::size_t most, std::string& into);

/// The value of a field that is exactly one decimal number.
std::optional<std::uint64_t> number_in(http::response const& answer, std::string_view field);

/// Reads the body of a response whose status is not 200, up to a limit, and makes an error of it: AIStore sends its
/// message as JSON.
/// node: receives the node's name in AIStore ("t[ID]"); empty if there is none.
http::task<error> read_answer_error(http::response& answer, std::string& node);

/// The error for a status and the text of its body. Pure.
error answer_error(int status, std::string_view body, std::string_view designated_target, std::string& node);

/// Checks that a response's body has no content coding (RFC 9110, section 8.4). Every request has "Accept-Encoding:
/// identity", so only an intermediary adds one. Pure. Error: content_encoding, which names it.
result<void> check_content_encoding(std::string_view field);

}  // namespace aisle::detail

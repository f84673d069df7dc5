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

}  // namespace aisle::detail

#pragma once

#include <aisle/http/client.hpp>
#include <aisle/recycler.hpp>

namespace aisle::http {

/// The request line and fields of r, addressed to `to`, including the empty line (RFC 9112, sections 3 and 5). Errors:
/// invalid_argument if a part would break out of its line.
result<recycled_string> request_head(request const& r, url const& to, std::string const& user_agent);

}  // namespace aisle::http

#pragma once

#include <aisle/http/client.hpp>

#include <string>

namespace aisle::http {

/// The request line and fields of r, addressed to `to`, empty line included (RFC 9112, sections 3 and 5). Errors:
/// invalid_argument when a part of it would break out of its line.
result<std::string> request_head(request const& r, url const& to, std::string const& user_agent);

}  // namespace aisle::http

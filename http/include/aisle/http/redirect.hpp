#pragma once

#include <aisle/http/url.hpp>

#include <string_view>

namespace aisle::http {

/// True for the statuses that name another place for the same GET: 301, 302, 307, 308. AIStore answers object GETs with
/// 301 and Get-Batch with 307; method and body are kept in all four, as a GET stays a GET (RFC 9110, section 15.4).
bool is_redirect(int status) noexcept;

/// Where to go next. hops: redirects followed so far. Pure. Errors: bad_redirect, too_many_redirects, unsupported
/// (https).
result<url> follow(url const& asked, std::string_view location, unsigned hops, unsigned max_hops);

}  // namespace aisle::http

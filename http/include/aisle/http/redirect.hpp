#pragma once

#include <aisle/http/url.hpp>

#include <string_view>

namespace aisle::http {

/// True for the statuses that send the client elsewhere: 301, 302, 303, 307, 308 (RFC 9110, section 15.4). The others
/// of the class (300, 304, 305) are final answers.
bool is_redirect(int status) noexcept;

/// An answer that is_redirect(), and how it came about.
struct redirect {
    int status = 0;
    std::string_view location;  ///< the Location field, empty when there was none
    std::string_view method;    ///< of the request it answers
    unsigned hops = 0;          ///< redirects followed before this one
    unsigned max_hops = 0;
};

/// Where to ask again, with the same method and the same body. Pure.
///
/// 307 and 308 keep both by definition. 301 and 302 turn a POST into a GET in many clients, so they are followed for
/// GET and HEAD only, where nothing can turn: AIStore answers an object GET with 301, a Get-Batch with 307. 303 asks
/// for another method and is refused. Nothing leads from https to http: what was to be secret would not be any more.
/// Errors: bad_redirect, too_many_redirects.
result<url> follow(url const& asked, redirect const& answer);

/// True for fields that may go along to another origin (scheme, host, port): they say what is asked for, not who asks.
/// A redirect may come from anybody, so whatever is not known to be harmless, such as Authorization, stays behind (RFC
/// 9110, section 15.4).
bool may_follow(std::string_view field_name) noexcept;

}  // namespace aisle::http

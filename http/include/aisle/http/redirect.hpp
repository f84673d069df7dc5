#pragma once

#include <aisle/http/url.hpp>

#include <string_view>

namespace aisle::http {

/// True for the statuses that redirect a client: 301, 302, 303, 307, 308 (RFC 9110, section 15.4). The other 3xx (300,
/// 304, 305) are final responses.
bool is_redirect(int status) noexcept;

/// A response for which is_redirect() is true, and its context.
struct redirect {
    int status = 0;
    std::string_view location;  ///< the Location field; empty if there was none
    std::string_view method;    ///< of the request
    unsigned hops = 0;          ///< redirects followed before
    unsigned max_hops = 0;
};

/// The URL to send the request to again, with the same method and body. Pure.
///
/// 307 and 308 keep method and body by definition. Many clients turn a POST into a GET on 301 and 302, so these are
/// only followed for GET and HEAD, which cannot change: AIStore redirects an object GET with 301 and a Get-Batch with
/// 307. 303 changes the method and is an error. A redirect from https to http is an error, because it would expose the
/// request. Errors: bad_redirect, too_many_redirects.
result<url> follow(url const& asked, redirect const& answer);

/// True for header fields that may be sent to another origin (scheme, host, port): those that describe the request and
/// not the client. A redirect may come from anyone, so every field not known to be harmless, such as Authorization, is
/// removed (RFC 9110, section 15.4).
bool may_follow(std::string_view field_name) noexcept;

}  // namespace aisle::http

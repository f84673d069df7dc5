#pragma once

#include <aisle/http/url.hpp>
#include <aisle/result.hpp>

#include <string_view>

namespace aisle::detail {

/// Where a proxy's redirect of GET /v1/objects/... leads: scheme, host, port and query of its Location, with the path
/// that was asked for. Pure. For Get-Batch, whose Location is a proper URL, there is http::follow().
///
/// AIStore writes the object's name into the Location as it is, unless it has one of "%?# +" (ais/prxred.go,
/// cmn/http.go): brackets, quotes, backslashes and tabs stand there bare, a line feed as a space. Such a path is no
/// part of a URL (RFC 3986) and is not looked at; ours says the same and is encoded. What the query has besides visible
/// ASCII is percent-encoded.
///
/// asked: the URL that answered. status: one for which http::is_redirect() is true. location: the field's value.
/// Error: bad_redirect, with the status, for 303 (it asks for another method), no Location, a scheme other than http
/// and https, https that leads to http, a user name, and a host or port that is none.
result<http::url> object_redirect(http::url const& asked, int status, std::string_view location);

}  // namespace aisle::detail

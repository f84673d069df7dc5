#pragma once

#include <aisle/http/url.hpp>
#include <aisle/result.hpp>

#include <string_view>

namespace aisle::detail {

/// The target of a proxy's redirect of GET /v1/objects/...: scheme, host, port and query of its Location, with the
/// requested path. Pure. For Get-Batch, whose Location is a valid URL, use http::follow().
///
/// AIStore writes the object's name into the Location unencoded, unless it has one of "%?# +" (ais/prxred.go,
/// cmn/http.go): brackets, quotes, backslashes and tabs are bare, a line feed becomes a space. Such a path is not valid
/// in a URL (RFC 3986) and is ignored; our encoded path means the same. Bytes of the query other than visible ASCII are
/// percent-encoded.
///
/// asked: the URL that was requested. status: one for which http::is_redirect() is true. location: the field's value.
/// Error: bad_redirect, with the status, for 303 (it requires another method), no Location, a scheme other than http
/// and https, https to http, a user name, and an invalid host or port.
result<http::url> object_redirect(http::url const& asked, int status, std::string_view location);

}  // namespace aisle::detail

#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::http {

/// An http or https URL taken apart: where to connect, and what to ask for there (RFC 3986; RFC 9110, section 4.2).
/// A plain value; the parts are trusted to be percent-encoded already.
struct url {
    /// A name, an IPv4 address, or an IPv6 address without brackets: fit for a resolver.
    std::string host = "localhost";
    std::uint16_t port = 80;
    /// Begins with '/'.
    std::string path = "/";
    /// What follows the '?', without it; empty when there is none.
    std::string query;
    /// True for https.
    bool secure = false;

    /// "host:port", an IPv6 host in brackets: the Host field's value.
    std::string authority() const;
    /// "http://host:port" or "https://host:port": what a connection leads to, and what a credential is meant for.
    std::string origin() const;
    /// Path and query as they stand in a request line.
    std::string target() const;

    friend bool operator==(url const&, url const&) = default;
};

/// Reads `http://host[:port][/path][?query]`, likewise https; without a port it is 80 or 443. A fragment is dropped.
/// Errors: invalid_endpoint (not such a URL, or one with a user name).
result<url> parse_url(std::string_view text);

/// What a Location field means in an answer from `base`: an absolute URL, or a reference relative to base (RFC 9110,
/// section 10.2.2; RFC 3986, section 5). Errors: bad_redirect.
result<url> resolve_location(url const& base, std::string_view location);

/// Text as one path segment, or as one query name or value: all but unreserved characters become %XX, '/' and '&'
/// too (RFC 3986, section 2.3).
std::string percent_encode(std::string_view text);

}  // namespace aisle::http

#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::http {

/// An http or https URL taken apart: where to connect, and what to ask for there (RFC 3986; RFC 9110, section 4.2).
/// A plain value; the parts are trusted to be percent-encoded already.
struct url {
    /// A name in lower case, an IPv4 address, or an IPv6 address without brackets, possibly with "%ZONE" (RFC 4007,
    /// section 11): fit for a resolver. Equal IPv6 addresses are equal text, in the form of RFC 5952.
    std::string host = "localhost";
    std::uint16_t port = 80;
    /// Begins with '/'.
    std::string path = "/";
    /// What follows the '?', without it; empty when there is none.
    std::string query;
    /// True for https.
    bool secure = false;

    /// "host:port", an IPv6 host in brackets and with its zone as "%25ZONE" (RFC 6874): whom a connection leads to.
    std::string authority() const;
    /// The Host field's value: authority() without the zone, which means nothing to the server (RFC 6874, section 4).
    std::string host_field() const;
    /// The host that a certificate has to be for: without the zone.
    std::string server_name() const;
    /// "http://host:port" or "https://host:port": what a connection leads to, and what a credential is meant for.
    std::string origin() const;
    /// Path and query as they stand in a request line.
    std::string target() const;

    friend bool operator==(url const&, url const&) = default;
};

/// Reads `http://host[:port][/path][?query]`, likewise https; without a port it is 80 or 443. A fragment is dropped.
/// A host is an IPv4 address only if all of it is one: "127.0.0.1.example" is a name (RFC 3986, section 3.2.2).
/// Errors: invalid_endpoint (not such a URL, one with a user name, or with more than digits for a port).
result<url> parse_url(std::string_view text);

/// Reads where a cluster is: parse_url() of an origin alone, "http://host[:port]" or "https://host[:port]", a final '/'
/// allowed. Errors: invalid_endpoint; a path, a query or a fragment, which no request would have, is one.
result<url> parse_endpoint(std::string_view text);

/// What a Location field means in an answer from `base`: an absolute URL, or a reference relative to base (RFC 9110,
/// section 10.2.2; RFC 3986, section 5). Errors: bad_redirect.
result<url> resolve_location(url const& base, std::string_view location);

/// Text as one path segment, or as one query name or value: all but unreserved characters become %XX, '/' and '&'
/// too (RFC 3986, section 2.3).
std::string percent_encode(std::string_view text);

}  // namespace aisle::http

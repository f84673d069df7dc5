#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::http {

/// A parsed http or https URL: where to connect, and what to request there (RFC 3986; RFC 9110, section 4.2). A plain
/// value; the parts must already be percent-encoded.
struct url {
    /// A lower-case name, an IPv4 address, or an IPv6 address without brackets, possibly with "%ZONE" (RFC 4007,
    /// section 11), as a resolver takes it. Equal IPv6 addresses have equal text, in the form of RFC 5952.
    std::string host = "localhost";
    std::uint16_t port = 80;
    /// Starts with '/'.
    std::string path = "/";
    /// The part after '?'; empty if there is none.
    std::string query;
    /// True for https.
    bool secure = false;

    /// "host:port", an IPv6 host in brackets and with its zone as "%25ZONE" (RFC 6874): the peer of a connection.
    std::string authority() const;
    /// The value of the Host field: authority() without the zone, which has no meaning for the server (RFC 6874,
    /// section 4).
    std::string host_field() const;
    /// The host that the certificate must name: without the zone.
    std::string server_name() const;
    /// "http://host:port" or "https://host:port": identifies connections and the scope of credentials.
    std::string origin() const;
    /// Path and query as in a request line.
    std::string target() const;

    friend bool operator==(url const&, url const&) = default;
};

/// Parses `http[s]://host[:port][/path][?query]`; the default port is 80 or 443. A fragment is dropped. The host is an
/// IPv4 address only if the whole host is one: "127.0.0.1.example" is a name (RFC 3986, section 3.2.2).
/// Errors: invalid_endpoint (not such a URL, has a user name, or has a port that is not only digits).
result<url> parse_url(std::string_view text);

/// Parses the address of a cluster: parse_url() of an origin alone, "http://host[:port]" or "https://host[:port]", with
/// an optional final '/'. Errors: invalid_endpoint, also for a path, query or fragment, which no request would use.
result<url> parse_endpoint(std::string_view text);

/// Resolves a Location field of a response from `base`: an absolute URL, or a reference relative to base (RFC 9110,
/// section 10.2.2; RFC 3986, section 5). Errors: bad_redirect.
result<url> resolve_location(url const& base, std::string_view location);

}  // namespace aisle::http

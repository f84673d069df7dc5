#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::http {

/// Host and port of a URL: the part between "//" and the path (RFC 3986, section 3.2).
struct host_and_port {
    std::string host;                   ///< in the form of url::host
    std::optional<std::uint16_t> port;  ///< nothing if there is none
    char const* why_not = nullptr;      ///< why the text is invalid; the other members are then meaningless
};

/// Parses "HOST[:PORT]". HOST is one of: "[ADDRESS]" or "[ADDRESS%25ZONE]" for IPv6 (RFC 6874), normalised by
/// inet_ntop() so that equal addresses have equal text; an IPv4 address; a name of letters, digits, '-', '.', '_', '~',
/// converted to lower case, which a resolver and a Host field accept. The whole text must match, so "127.0.0.1.example"
/// is a name and "host:80;x" is invalid. Also invalid: a user name, an IPvFuture address, ports outside 1 to 65535.
/// Pure.
///
/// Boost.URL 1.81 is not used for this: it takes the start of such a text for the host, and the rest for the path
/// (boostorg/url, issue 755).
host_and_port read_authority(std::string_view text);

}  // namespace aisle::http

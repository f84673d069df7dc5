#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::http {

/// The host and the port of a URL, of what stands between "//" and the path (RFC 3986, section 3.2).
struct host_and_port {
    std::string host;                   ///< as url::host has it
    std::optional<std::uint16_t> port;  ///< nothing where none is named
    char const* why_not = nullptr;      ///< what is wrong with the text; the rest is of no use then
};

/// Reads "HOST[:PORT]". HOST is "[ADDRESS]" or "[ADDRESS%25ZONE]" for IPv6 (RFC 6874), written anew as inet_ntop() does
/// so that equal addresses are equal text; an IPv4 address; or else a name, in lower case, of letters, digits, '-',
/// '.',
/// '_', '~': what a resolver and a Host field can take. All of the text has to be that, so "127.0.0.1.example" is a
/// name and "host:80;x" is nothing. Refused too: a user name, an IPvFuture address, ports outside 1 to 65535. Pure.
///
/// Boost.URL 1.81 is not asked: it takes the beginning of such a text for the host, and the rest for the path
/// (boostorg/ url, issue 755).
host_and_port read_authority(std::string_view text);

}  // namespace aisle::http

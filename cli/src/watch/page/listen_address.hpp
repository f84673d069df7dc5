#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// The address on which a server of this process listens.
struct listen_address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: the system chooses one

    bool operator==(listen_address const&) const = default;
};

/// Parses "PORT" (on the loopback interface) or "HOST:PORT"; an IPv6 address must be in brackets. Nothing for other
/// text.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// "127.0.0.1:9464", "[::1]:9464".
std::string to_string(listen_address const& address);

/// The host in a request's Host field, without port and brackets.
std::string_view host_of(std::string_view host_field) noexcept;

/// True if a request with this Host field may get a response. A foreign web page can make a browser request this server
/// under a name that resolves to this machine (DNS rebinding), and could then read the response. So only IP addresses,
/// "localhost", the host on which the server listens, and this machine's name are accepted.
bool is_own_host(std::string_view host_field, listen_address const& own);

}  // namespace aisle::cli

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// A connected blocking socket with TCP_NODELAY to "HOST:PORT", HOST numeric. Throws std::runtime_error.
int connect_to(std::string const& address);

/// A listening socket on a numeric host, port 0 = any. The connections that it accepts use `cubic` if the kernel has
/// it, so that a kernel's default (bbr pauses on loopback) does not decide a comparison. Throws std::runtime_error.
int listen_on(std::uint16_t port, bool non_blocking, std::string const& host = "127.0.0.1");
std::uint16_t port_of(int listener);

/// Sends everything; throws std::runtime_error if the peer has closed.
void send_all(int fd, std::string_view bytes);

/// The value of a header in a head, or "". `name` in its exact case, with ": ".
std::string_view header_in(std::string_view head, std::string_view name);

}  // namespace bench

#include "tcp.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>

namespace bench {
namespace {

int tcp_socket(bool non_blocking) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (non_blocking ? SOCK_NONBLOCK : 0), 0);
    if (fd < 0) throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    int const on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    return fd;
}

}  // namespace

int connect_to(std::string const& address) {
    auto const colon = address.rfind(':');
    sockaddr_in at{};
    at.sin_family = AF_INET;
    if (colon == address.npos || ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &at.sin_addr) != 1)
        throw std::runtime_error("not a numeric HOST:PORT: " + address);
    at.sin_port = htons(static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1))));
    int const fd = tcp_socket(false);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
        throw std::runtime_error("no connection to " + address + ": " + std::strerror(errno));
    return fd;
}

int listen_on(std::uint16_t port, bool non_blocking, std::string const& host) {
    int const fd = tcp_socket(non_blocking);
    int const on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &at.sin_addr) != 1) throw std::runtime_error("not a numeric host: " + host);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(fd, 1024) != 0)
        throw std::runtime_error("port " + std::to_string(port) + ": cannot listen: " + std::strerror(errno));
    return fd;
}

std::uint16_t port_of(int listener) {
    sockaddr_in at{};
    socklen_t length = sizeof at;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &length);
    return ntohs(at.sin_port);
}

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0)
            throw std::runtime_error(std::string("the server has closed the connection: ") + std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string_view header_in(std::string_view head, std::string_view name) {
    auto const at = head.find("\r\n" + std::string(name));
    if (at == head.npos) return {};
    auto const begin = at + 2 + name.size();
    return head.substr(begin, head.find('\r', begin) - begin);
}

}  // namespace bench

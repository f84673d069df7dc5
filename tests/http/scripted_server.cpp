#include "scripted_server.hpp"

#include "support/soon.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aisle::http::test {
namespace {

// port: in: the wanted one, or 0 for any; out: the actual one. host: the last byte of 127.0.0.x.
int listen_on_loopback(int backlog, std::uint16_t& port, std::uint8_t host = 1) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xffu) | host);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (fd < 0 || ::bind(fd, address, size) != 0 || ::listen(fd, backlog) != 0 ||
        ::getsockname(fd, address, &size) != 0)
        throw std::runtime_error("no free loopback port");
    port = ntohs(at.sin_port);
    return fd;
}

}  // namespace

peer::~peer() = default;

std::string peer::receive() {
    if (!ahead_.empty()) return std::exchange(ahead_, {});
    std::string out(1 << 20, '\0');
    auto const n = ::recv(fd_, out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

std::string peer::read_head() {
    std::string out;
    for (;;) {
        if (auto const end = out.find("\r\n\r\n"); end != out.npos) {
            ahead_ = out.substr(end + 4);
            out.resize(end + 4);
            return out;
        }
        auto const more = receive();
        if (more.empty()) return {};
        out += more;
    }
}

std::string peer::read_request() {
    auto out = read_head();
    auto const field = out.find("Content-Length: ");
    if (field == out.npos) return out;
    auto const whole = out.size() + std::stoul(out.substr(field + 16));
    while (out.size() < whole) {
        auto const more = receive();
        if (more.empty()) return {};
        out += more;
    }
    ahead_ = out.substr(whole);
    out.resize(whole);
    return out;
}

bool peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool peer::send_slowly(std::string_view bytes, std::size_t portion, std::chrono::microseconds rest) {
    while (!bytes.empty()) {
        if (rest.count() > 0) std::this_thread::sleep_for(rest);
        auto const now = bytes.substr(0, portion);
        if (!send(now)) return false;
        bytes.remove_prefix(now.size());
    }
    return true;
}

void peer::finish() {
    ::shutdown(fd_, SHUT_WR);
}

void peer::reset() {
    // Closing with a linger time of zero sends RST. Connecting a TCP socket to AF_UNSPEC does the same without closing
    // the descriptor, which the server still owns.
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    ::connect(fd_, &nowhere, sizeof nowhere);
}

void peer::wait_until_delivered() const {
    aisle::test::soon([this] {
        int unacknowledged = 0;
        return ::ioctl(fd_, SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0;
    });
}

void peer::wait_for_close() {
    ahead_.clear();
    while (!receive().empty()) {
    }
}

scripted_server::scripted_server(script play) : play_(std::move(play)), listener_(listen_on_loopback(512, port_)) {
    acceptor_ = std::thread([this] { accept_all(); });
}

scripted_server::~scripted_server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard lock(mutex_);
        for (int const fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& t : players_) t.join();
    ::close(listener_);
}

std::string scripted_server::url(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

void scripted_server::accept_all() {
    for (;;) {
        int const fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        int const on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        int const number = accepted_++;
        {
            std::lock_guard lock(mutex_);
            open_.push_back(fd);
        }
        players_.emplace_back([this, fd, number] {
            {
                peer p(fd, number);
                play_(p);
            }
            std::lock_guard lock(mutex_);
            std::erase(open_, fd);
            ::close(fd);
        });
    }
}

silent_port::silent_port(std::uint16_t port, std::uint8_t host) : port_(port) {
    fds_.push_back(listen_on_loopback(0, port_, host));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xffu) | host);
    at.sin_port = htons(port_);
    for (int i = 0; i < 4; ++i) {
        int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at);
        fds_.push_back(fd);
    }
}

silent_port::~silent_port() {
    for (int const fd : fds_) ::close(fd);
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(listen_on_loopback(1, port));
    return port;
}

std::string answer_of(std::string_view body, int status, std::string_view fields) {
    return "HTTP/1.1 " + std::to_string(status) + " Words\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace aisle::http::test

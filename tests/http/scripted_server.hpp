#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aisle::http::test {

/// The server's end of one accepted connection, with plain blocking calls. Ends when the script returns.
class peer {
public:
    peer(int fd, int number) noexcept : fd_(fd), number_(number) {}
    peer(peer const&) = delete;
    peer& operator=(peer const&) = delete;
    ~peer();

    /// How many connections were accepted before this one.
    int number() const noexcept { return number_; }
    int socket() const noexcept { return fd_; }
    /// One request, head and body; empty when the client has closed.
    std::string read_request();
    /// Only up to the end of the head.
    std::string read_head();
    /// One recv().
    std::string receive();
    /// False once the client is gone.
    bool send(std::string_view bytes);
    /// Sends in portions with a rest before each.
    bool send_slowly(std::string_view bytes, std::size_t portion, std::chrono::microseconds rest);
    /// Ends the sending side, as a clean close looks to the client.
    void finish();
    /// Ends with a reset.
    void reset();
    /// Waits for the client to close, discarding what it sends.
    void wait_for_close();

private:
    friend class scripted_server;
    int fd_;
    int number_;
    std::string ahead_;
};

/// A server on a loopback port of its own that plays the same script on each connection, each in a thread. Destroying
/// it ends all of them.
class scripted_server {
public:
    using script = std::function<void(peer&)>;

    explicit scripted_server(script play);
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;
    ~scripted_server();

    std::uint16_t port() const noexcept { return port_; }
    std::string url(std::string_view target = "/") const;
    int accepted() const noexcept { return accepted_; }

private:
    void accept_all();

    script play_;
    std::uint16_t port_ = 0;  // filled in by what makes the listener
    int listener_;
    std::atomic<int> accepted_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> players_;
    std::thread acceptor_;
};

/// A port that accepts no connection and refuses none: its queue of waiting connections is full. Of 127.0.0.`host`.
class silent_port {
public:
    explicit silent_port(std::uint16_t port = 0, std::uint8_t host = 1);
    silent_port(silent_port const&) = delete;
    silent_port& operator=(silent_port const&) = delete;
    ~silent_port();
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

private:
    std::vector<int> fds_;
    std::uint16_t port_ = 0;
};

/// A port that nobody listens on.
std::uint16_t closed_port();

/// An answer with a declared length.
std::string answer_of(std::string_view body, int status = 200, std::string_view fields = {});

}  // namespace aisle::http::test

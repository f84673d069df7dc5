#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace aisle::http::test {

/// The server's end of one accepted connection, with blocking calls. Ends when the script returns.
class peer {
public:
    peer(int fd, int number) noexcept : fd_(fd), number_(number) {}
    peer(peer const&) = delete;
    peer& operator=(peer const&) = delete;
    ~peer();

    /// The number of connections accepted before this one.
    int number() const noexcept { return number_; }
    int socket() const noexcept { return fd_; }
    /// One request, head and body; empty when the client has closed.
    std::string read_request();
    /// Only up to the end of the head.
    std::string read_head();
    /// One recv().
    std::string receive();
    /// False if the client has closed.
    bool send(std::string_view bytes);
    /// Sends in portions, with a pause before each.
    bool send_slowly(std::string_view bytes, std::size_t portion, std::chrono::microseconds rest);
    /// Closes the sending side, which the client sees as a clean close.
    void finish();
    /// Closes with a reset.
    void reset();
    /// Waits until everything sent, also the end, is in the client's receive buffer.
    void wait_until_delivered() const;
    /// Waits for the client to close, discarding what it sends.
    void wait_for_close();

private:
    friend class scripted_server;
    int fd_;
    int number_;
    std::string ahead_;
};

/// A server on its own loopback port that plays the same script on each connection, each in a thread. Its destructor
/// ends all of them.
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
    std::uint16_t port_ = 0;  // set by the listener
    int listener_;
    std::atomic<int> accepted_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> players_;
    std::thread acceptor_;
};

/// A port that neither accepts nor refuses connections, because its backlog is full. On 127.0.0.`host`.
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

/// A port without a listener.
std::uint16_t closed_port();

/// A response with a declared length.
std::string answer_of(std::string_view body, int status = 200, std::string_view fields = {});

/// Answers every request on a connection with the same text.
inline scripted_server::script always(std::string answer) {
    return [answer = std::move(answer)](peer& p) {
        while (!p.read_request().empty())
            if (!p.send(answer)) return;
    };
}

}  // namespace aisle::http::test

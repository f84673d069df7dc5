// Replays one captured answer from memory, so that a measurement sees only the client's cost.
//
//   bench_replay --answer=FILE
//
// FILE has a target's answer to a Get-Batch request byte for byte, including head and chunk framing. One port is the
// proxy, which answers with a redirect. The other is the target, which answers each batch request with the file, or
// with part of it if only some entries of a tar are requested. It answers a plain GET of an object with the tar's
// member: Aisle sends one for the entry at which a response has stalled. One thread. Prints "serving at URL" when it is
// ready.

#include "../programs/tcp.hpp"
#include "captured_answer.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t most_sent_at_once = 1 << 20;

enum class role { proxy_listener, target_listener, proxy, target };

struct request {
    std::string path = {};
    std::string body = {};
    std::size_t body_left = 0;
};

struct connection {
    int fd;
    role plays;
    std::string head = {};               // of a request that is not complete
    std::optional<request> coming = {};  // its head was read
    std::deque<request> waiting = {};
    bench::captured_answer::reply reply = {};  // being sent, if not text
    std::string text = {};
    std::deque<std::string_view> output = {};
};

class server {
public:
    explicit server(bench::captured_answer answer) : answer_(std::move(answer)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        int const proxy = bench::listen_on(0, true);
        int const target = bench::listen_on(0, true);
        proxy_ = "127.0.0.1:" + std::to_string(bench::port_of(proxy));
        target_ = "127.0.0.1:" + std::to_string(bench::port_of(target));
        watch(new connection{.fd = proxy, .plays = role::proxy_listener});
        watch(new connection{.fd = target, .plays = role::target_listener});
    }

    void run() {
        std::printf("serving at http://%s\n", proxy_.c_str());
        std::fflush(stdout);
        while (true) {
            epoll_event ready[64];
            int const n = ::epoll_wait(poll_, ready, 64, -1);
            for (int i = 0; i < n; ++i) serve(*static_cast<connection*>(ready[i].data.ptr), ready[i].events);
        }
    }

private:
    static constexpr std::string_view objects = "/v1/objects/";

    void watch(connection* c) {
        epoll_event e{EPOLLIN, {}};
        if (c->plays == role::proxy || c->plays == role::target) e.events = EPOLLIN | EPOLLOUT | EPOLLET;
        e.data.ptr = c;
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, c->fd, &e);
    }

    void serve(connection& c, std::uint32_t events) {
        if (c.plays == role::proxy_listener || c.plays == role::target_listener) {
            int const fd = ::accept4(c.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0)
                watch(new connection{.fd = fd, .plays = c.plays == role::proxy_listener ? role::proxy : role::target});
            return;
        }
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read(c)) return close(c);
        if (!write(c)) close(c);
    }

    // False if the client has closed.
    bool read(connection& c) {
        while (true) {
            auto const got = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
            if (got < 0) return errno == EAGAIN || errno == EINTR;
            if (got == 0) return false;
            take(c, {buffer_.data(), static_cast<std::size_t>(got)});
        }
    }

    void take(connection& c, std::string_view data) {
        while (!data.empty()) {
            if (!c.coming) {
                auto const had = c.head.size();
                c.head += data;
                auto const end = c.head.find("\r\n\r\n");
                if (end == c.head.npos) return;
                data.remove_prefix(end + 4 - had);
                c.head.resize(end + 2);
                c.coming = request{.path = c.head.substr(4, c.head.find(' ', 4) - 4)};
                auto const length = std::string(bench::header_in(c.head, "Content-Length: "));
                c.coming->body_left = std::strtoull(length.c_str(), nullptr, 10);
                c.head.clear();
            }
            auto const now = std::min(data.size(), c.coming->body_left);
            c.coming->body += data.substr(0, now);
            c.coming->body_left -= now;
            data.remove_prefix(now);
            if (c.coming->body_left > 0) return;
            c.waiting.push_back(std::move(*c.coming));
            c.coming.reset();
        }
    }

    bool write(connection& c) {
        while (true) {
            if (c.output.empty()) {
                if (c.waiting.empty()) return true;
                answer(c, c.waiting.front());
                c.waiting.pop_front();
            }
            auto& run = c.output.front();
            auto const sent = ::send(c.fd, run.data(), std::min(run.size(), most_sent_at_once), MSG_NOSIGNAL);
            if (sent < 0) return errno == EAGAIN || errno == EINTR;
            run.remove_prefix(static_cast<std::size_t>(sent));
            if (run.empty()) c.output.pop_front();
        }
    }

    void answer(connection& c, request const& r) {
        bool const is_object = r.path.starts_with(objects);
        if (c.plays == role::target) try {
                if (is_object) {
                    auto const bytes = answer_.object(object_in(r.path));
                    c.text = with_length("200 OK", "application/octet-stream", std::string(bytes));
                    c.output.push_back(c.text);
                    return;
                }
                c.reply = answer_.to(r.body);
                c.output.assign(c.reply.runs.begin(), c.reply.runs.end());
                if (c.output.empty()) c.output.push_back(c.reply.built);
                return;
            } catch (std::runtime_error const& e) {
                c.text = with_length("500 Internal Server Error", "text/plain", e.what());
            }
        else if (is_object || r.path.starts_with("/v1/ml/moss"))
            c.text = redirect(r.path, is_object ? "" : "/job/item/1");
        else if (r.path.starts_with("/v1/daemon"))
            c.text = with_length("200 OK", "application/json", map());
        else
            c.text =
                with_length("404 Not Found", "text/plain", "only Get-Batch, objects and the cluster map are available");
        c.output.push_back(c.text);
    }

    // Of "/v1/objects/BUCKET/NAME?...".
    static std::string object_in(std::string_view path) {
        path.remove_prefix(objects.size());
        path = path.substr(0, path.find('?'));
        return std::string(path.substr(std::min(path.find('/'), path.size() - 1) + 1));
    }

    static std::string with_length(std::string const& status, std::string const& type, std::string const& body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    std::string redirect(std::string const& path, std::string const& item) const {
        auto const query = path.find('?');
        auto const to = "http://" + target_ + path.substr(0, query) + item +
                        (query == path.npos ? "?" : path.substr(query) + "&") + "pid=p&utm=1";
        return with_length("307 Temporary Redirect\r\nLocation: " + to, "text/html", "<a>Temporary Redirect</a>.\n");
    }

    static std::string node(std::string const& id, std::string const& type, std::string const& address) {
        auto const colon = address.find(':');
        auto const net = "{\"node_ip_addr\":\"" + address.substr(0, colon) + "\",\"daemon_port\":\"" +
                         address.substr(colon + 1) + "\",\"direct_url\":\"http://" + address + "\"}";
        return "{\"public_net\":" + net + ",\"intra_data_net\":" + net + ",\"intra_control_net\":" + net +
               ",\"daemon_type\":\"" + type + "\",\"daemon_id\":\"" + id + "\",\"flags\":0,\"id_digest\":1}";
    }

    std::string map() const {
        auto const proxy = node("p", "proxy", proxy_);
        return "{\"pmap\":{\"p\":" + proxy + "},\"proxy_si\":" + proxy +
               ",\"tmap\":{\"t\":" + node("t", "target", target_) +
               R"(},"uuid":"replay","creation_time":"now","version":"1"})";
    }

    void close(connection& c) {
        ::close(c.fd);
        delete &c;
    }

    bench::captured_answer answer_;
    int poll_;
    std::string proxy_;
    std::string target_;
    std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

}  // namespace

int main(int argc, char** argv) try {
    std::string_view const option = argc == 2 ? argv[1] : "";
    if (!option.starts_with("--answer=")) throw std::runtime_error("usage: bench_replay --answer=FILE");
    std::ifstream file(std::string(option.substr(9)), std::ios::binary);
    std::string answer((std::istreambuf_iterator<char>(file)), {});
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    server(bench::captured_answer(std::move(answer))).run();
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_replay: %s\n", e.what());
    return 1;
}

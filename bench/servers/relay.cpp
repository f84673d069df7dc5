// Relays a cluster's ports with added delay, for machines whose kernel has no netem.
//
//   bench_relay --rtt-ms=N HOST:PORT [HOST:PORT ...]
//
// Each address gets a port of this process; traffic is delayed by N/2 ms in each direction. The first address is a
// proxy: "relayed at URL" names its port. In small reads from a node (redirects, the cluster map) the relayed addresses
// are replaced by this process's, so that clients use it for targets too; these are loopback addresses of the same
// length, so no length changes. At most 4 MiB per connection and direction are in transit, as with a large TCP window;
// slow start and loss are not simulated.

#include "../programs/tcp.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
constexpr std::size_t most_under_way = 4 << 20;
constexpr std::size_t rewritten_reads = 32 * 1024;  // a larger read is payload

struct upstream {
    std::string address;
    int listener;
    std::string here;
};

struct packet {
    clock_type::time_point due;
    std::string bytes;
    std::size_t sent = 0;
};

struct pair;

struct end {
    pair* of = nullptr;
    int fd = -1;
    bool is_server = false;
    bool at_eof = false;
    std::deque<packet> under_way = {};  // in transit to the other end
    std::size_t bytes = 0;              // of these
    end* other = nullptr;
};

struct pair {
    end client, server;
    bool dead = false;
};

// A loopback address with the same number of characters.
std::string loopback_like(std::string const& host) {
    if (host.starts_with("127.")) return host;
    for (auto const* const a : {"127.0.0.1", "127.0.0.11", "127.0.0.111", "127.0.11.111", "127.0.111.111",
                                "127.11.111.111", "127.111.111.111"})
        if (host.size() == std::strlen(a)) return a;
    throw std::runtime_error("no loopback address is as long as " + host);
}

class relay {
public:
    relay(std::chrono::microseconds one_way, std::vector<std::string> const& addresses)
        : delay_(one_way), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (auto const& a : addresses) {
            auto const host = loopback_like(a.substr(0, a.rfind(':')));
            int listener = bench::listen_on(0, true, host);
            auto here = host + ':' + std::to_string(bench::port_of(listener));
            while (here.size() != a.size() && spare_.size() < 10'000) {
                spare_.push_back(listener);
                listener = bench::listen_on(0, true, host);
                here = host + ':' + std::to_string(bench::port_of(listener));
            }
            if (here.size() != a.size()) throw std::runtime_error("no port with as many digits as that of " + a);
            upstreams_.push_back({a, listener, here});
        }
        for (int const fd : spare_) ::close(fd);
        for (std::size_t i = 0; i < upstreams_.size(); ++i) {
            epoll_event e{EPOLLIN, {}};
            e.data.u64 = i;
            ::epoll_ctl(poll_, EPOLL_CTL_ADD, upstreams_[i].listener, &e);
        }
    }

    void run() {
        std::printf("relayed at http://%s\n", upstreams_.front().here.c_str());
        std::fflush(stdout);
        while (true) {
            epoll_event ready[256];
            int const n = ::epoll_wait(poll_, ready, 256, wait_ms());
            for (int i = 0; i < n; ++i) {
                if (ready[i].data.u64 < upstreams_.size())
                    accept(upstreams_[ready[i].data.u64]);
                else
                    read(*static_cast<end*>(ready[i].data.ptr));
            }
            forward();
        }
    }

private:
    void accept(upstream const& u) {
        int const fd = ::accept4(u.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        auto* const p = new pair;
        p->client.fd = fd;
        p->server.fd = bench::connect_to(u.address);
        p->server.is_server = true;
        p->client.other = &p->server;
        p->server.other = &p->client;
        for (auto* e : {&p->client, &p->server}) {
            e->of = p;
            epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {}};
            event.data.ptr = e;
            ::epoll_ctl(poll_, EPOLL_CTL_ADD, e->fd, &event);
        }
        pairs_.insert(p);
    }

    void read(end& e) {
        while (!e.at_eof && e.bytes < most_under_way) {
            auto const got = ::recv(e.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) {
                e.at_eof = true;
                break;
            }
            std::string bytes(buffer_.data(), static_cast<std::size_t>(got));
            if (e.is_server && bytes.size() < rewritten_reads) rewrite(bytes);
            e.bytes += bytes.size();
            e.under_way.push_back({clock_type::now() + delay_, std::move(bytes)});
        }
    }

    // The map contains whole addresses, and also host and port separately.
    void rewrite(std::string& bytes) const {
        for (auto const& u : upstreams_) {
            auto const there = u.address.rfind(':'), here = u.here.rfind(':');
            replace(bytes, u.address, u.here);
            replace(bytes, "\"daemon_port\":\"" + u.address.substr(there + 1) + '"',
                    "\"daemon_port\":\"" + u.here.substr(here + 1) + '"');
            replace(bytes, "\"node_ip_addr\":\"" + u.address.substr(0, there) + '"',
                    "\"node_ip_addr\":\"" + u.here.substr(0, here) + '"');
        }
    }

    static void replace(std::string& bytes, std::string const& what, std::string const& by) {
        for (auto at = bytes.find(what); at != bytes.npos; at = bytes.find(what, at + by.size()))
            bytes.replace(at, what.size(), by);
    }

    void forward() {
        auto const now = clock_type::now();
        for (auto it = pairs_.begin(); it != pairs_.end();) {
            auto* const p = *it;
            for (auto* e : {&p->client, &p->server}) forward(*e, now);
            if (p->dead) {
                ::close(p->client.fd);
                ::close(p->server.fd);
                it = pairs_.erase(it);
                delete p;
            } else {
                ++it;
            }
        }
    }

    void forward(end& e, clock_type::time_point now) {
        bool const was_full = e.bytes >= most_under_way;
        while (!e.under_way.empty() && e.under_way.front().due <= now) {
            auto& p = e.under_way.front();
            auto const sent =
                ::send(e.other->fd, p.bytes.data() + p.sent, p.bytes.size() - p.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EAGAIN) {
                stuck_ = true;
                break;
            }
            if (sent < 0) {
                e.of->dead = true;
                return;
            }
            p.sent += static_cast<std::size_t>(sent);
            e.bytes -= static_cast<std::size_t>(sent);
            if (p.sent == p.bytes.size()) e.under_way.pop_front();
        }
        if (was_full && e.bytes < most_under_way) read(e);
        if (e.at_eof && e.under_way.empty()) e.of->dead = true;
    }

    // Until the next packet is due; a full socket is retried after 1 ms, or when epoll reports space.
    int wait_ms() {
        auto next = clock_type::time_point::max();
        for (auto const* p : pairs_)
            for (auto const* e : {&p->client, &p->server})
                if (!e->under_way.empty()) next = std::min(next, e->under_way.front().due);
        bool const stuck = std::exchange(stuck_, false);
        if (next == clock_type::time_point::max()) return -1;
        auto const left = std::chrono::duration_cast<std::chrono::microseconds>(next - clock_type::now()).count();
        if (left <= 0) return stuck ? 1 : 0;
        return static_cast<int>((left + 999) / 1000);
    }

    std::chrono::microseconds delay_;
    int poll_;
    std::vector<upstream> upstreams_;
    std::vector<int> spare_;
    std::set<pair*> pairs_;
    std::vector<char> buffer_ = std::vector<char>(256 * 1024);
    bool stuck_ = false;
};

}  // namespace

int main(int argc, char** argv) try {
    std::string_view const option = argc > 2 ? argv[1] : "";
    if (!option.starts_with("--rtt-ms="))
        throw std::runtime_error("usage: bench_relay --rtt-ms=N HOST:PORT [HOST:PORT ...]");
    double const rtt_ms = std::atof(argv[1] + 9);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    relay(std::chrono::microseconds(static_cast<long>(rtt_ms * 500)), {argv + 2, argv + argc}).run();
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_relay: %s\n", e.what());
    return 1;
}

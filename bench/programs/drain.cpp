// The limit: epoll and recv(), answers are discarded unread. The minimum for a client on sockets.
//
// As many connections as `in-flight`, to the proxy and to each target it redirects to, reused. Of an answer only its
// status and its end ("0 CRLF CRLF") are checked. With --lowat=N the kernel wakes it for N bytes or more, except near
// the end of an answer, whose size follows from --object-bytes; connections that wait longer than 30 ms are read
// anyway. The "first sample" of a drain is the first byte of an answer's body.

#include "get_batch_request.hpp"
#include "tcp.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using bench::job;
using clock_type = bench::stopwatch::clock;

constexpr std::string_view last_chunk = "\r\n0\r\n\r\n";
constexpr int tick_ms = 30;

struct connection {
    int fd = -1;
    std::size_t lowat = 1;
};

struct slot {
    connection proxy = {};
    std::map<std::string, connection> targets = {};
    connection* reading = nullptr;
    bool redirected = false;
    std::string body = {};  // of the request
    std::string head = {};  // of the answer, until it is complete
    std::string tail = {};  // the last bytes of the answer
    std::size_t bytes = 0;  // of the answer
    clock_type::time_point asked = {};
    bool first_seen = false;
};

class drain {
public:
    explicit drain(job const& j)
        : job_(j), proxy_(j.endpoint.substr(j.endpoint.find("//") + 2)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (job_.object_bytes) expected_ = job_.batch * (512 + (job_.object_bytes + 511) / 512 * 512);
    }

    void run() {
        slots_.resize(std::min<std::size_t>(std::max(job_.in_flight, 1u), job_.batches));
        for (auto& s : slots_) ask(s);
        while (done_ < job_.batches) {
            epoll_event ready[64];
            int const n = ::epoll_wait(poll_, ready, 64, job_.lowat ? tick_ms : -1);
            for (int i = 0; i < n; ++i) read(slots_[ready[i].data.u64]);
            if (n == 0)
                for (auto& s : slots_) read(s);
        }
        watch_.stop();
        watch_.print(job_.batches * job_.batch, bytes_, std::move(times_), reads_);
    }

private:
    void connect(connection& c, std::string const& address, slot const& s) {
        c.fd = bench::connect_to(address);
        epoll_event e{EPOLLIN, {}};
        e.data.u64 = static_cast<std::uint64_t>(&s - slots_.data());
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, c.fd, &e);
    }

    void ask(slot& s) {
        s.reading = nullptr;
        if (asked_ == job_.batches) return;
        s.body = bench::get_batch_body(job_, asked_++);
        s.asked = clock_type::now();
        s.redirected = s.first_seen = false;
        if (s.proxy.fd < 0) connect(s.proxy, proxy_, s);
        send(s, s.proxy, proxy_, bench::get_batch_path(job_));
    }

    void send(slot& s, connection& c, std::string const& address, std::string const& path) {
        s.head.clear();
        s.tail.clear();
        s.bytes = 0;
        s.reading = &c;
        bench::send_all(c.fd, bench::get_batch_request(address, path, s.body));
        if (s.redirected) set_lowat(c, expected_ > job_.lowat ? job_.lowat : 1);
    }

    void set_lowat(connection& c, std::size_t bytes) {
        if (!job_.lowat || c.lowat == bytes) return;
        c.lowat = bytes;
        int const value = static_cast<int>(bytes);
        ::setsockopt(c.fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
    }

    void read(slot& s) {
        if (!s.reading) return;
        auto const got = ::recv(s.reading->fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) throw std::runtime_error("the server closed a connection in the middle of an answer");
        ++reads_;
        take(s, {buffer_.data(), static_cast<std::size_t>(got)});
    }

    void take(slot& s, std::string_view data) {
        s.bytes += data.size();
        if (!s.redirected) return take_redirect(s, data);
        if (s.head.find("\r\n\r\n") == s.head.npos) {
            s.head += data.substr(0, 1024);
            auto const end = s.head.find("\r\n\r\n");
            if (end == s.head.npos) return;
            if (!s.head.starts_with("HTTP/1.1 200")) throw std::runtime_error("a target answers " + s.head);
            if (s.head.size() == end + 4) return;
        }
        if (!s.first_seen) {
            s.first_seen = true;
            watch_.first_sample();
            times_.first_ms.push_back(watch_.ms_since(s.asked));
        }
        if (data.size() >= last_chunk.size()) s.tail.clear();
        s.tail += data.substr(data.size() - std::min(data.size(), last_chunk.size()));
        if (s.tail.size() > last_chunk.size()) s.tail.erase(0, s.tail.size() - last_chunk.size());
        if (s.tail == last_chunk) {
            bytes_ += s.bytes;
            times_.whole_ms.push_back(watch_.ms_since(s.asked));
            ++done_;
            ask(s);
        } else if (s.bytes + job_.lowat >= expected_) {
            set_lowat(*s.reading, 1);
        }
    }

    void take_redirect(slot& s, std::string_view data) {
        s.head += data;
        auto const end = s.head.find("\r\n\r\n");
        if (end == s.head.npos) return;
        if (!s.head.starts_with("HTTP/1.1 307")) throw std::runtime_error("the proxy answers " + s.head);
        auto const length =
            std::strtoull(std::string(bench::header_in(s.head, "Content-Length: ")).c_str(), nullptr, 10);
        if (s.head.size() < end + 4 + length) return;
        auto const location = bench::header_in(s.head, "Location: ");
        auto const host = location.find("//") + 2;
        auto const path = location.find('/', host);
        std::string const address(location.substr(host, path - host));
        std::string const where(location.substr(path));
        auto& target = s.targets[address];
        if (target.fd < 0) connect(target, address, s);
        s.redirected = true;
        send(s, target, address, where);
    }

    job const& job_;
    std::string proxy_;
    int poll_;
    std::size_t expected_ = 0;
    std::vector<slot> slots_;
    std::size_t asked_ = 0;
    std::size_t done_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t reads_ = 0;
    std::vector<char> buffer_ = std::vector<char>(256 * 1024);
    bench::batch_times times_;
    bench::stopwatch watch_;
};

}  // namespace

int main(int argc, char** argv) try {
    auto const j = bench::read_job(argc, argv);
    drain(j).run();
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_drain: %s\n", e.what());
    return 1;
}

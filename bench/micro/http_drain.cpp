// The cost of reading answers: the HTTP client compared with a bare drain of the same sockets, on loopback.
//
// A child process replays one answer, as an AIStore target sends it (a tar in chunks of 2048, 31232, 32768, ... bytes),
// on each of its connections, over and over. The parent reads `in-flight` of them at a time on one thread, in turn by
//   raw:    epoll and recv() into one 256 KiB buffer, nothing parsed: the limit,
//   client: aisle::http::client, chunk lines stripped, each sample kept in its segments, then dropped,
// and reports medians. CPU is the parent's only. Options are name=value:
//   bench_http_drain size=10240 samples=128 in-flight=8 seconds=1 runs=5 slab=262144 read=262144 patience-us=0
//                    write=0 rest-us=0 cc=cubic certificate= key=
// With a certificate (for 127.0.0.1) and its key, PEM files, the client is also measured over TLS. With write and
// rest-us the server sends in portions with a pause before each, like one that computes its data.

#include "named_values.hpp"
#include "tls_replay.hpp"

#include <aisle/http/client.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace aisle;
using clock_type = std::chrono::steady_clock;

struct settings {
    std::size_t size = 10'240;
    std::size_t samples = 128;
    std::size_t in_flight = 8;
    double seconds = 1;
    int runs = 5;
    http::client_options client;
    std::chrono::microseconds patience{0};
    std::size_t write = 0;
    std::chrono::microseconds rest{0};
    std::string congestion = "cubic";
    std::string certificate = {};
    std::string key = {};
};

constexpr std::size_t tar_block = 512;
std::size_t padded(std::size_t size) {
    return (size + tar_block - 1) / tar_block * tar_block;
}

settings read_settings(int argc, char** argv) {
    settings s;
    read_named_values(argc, argv,
                      {
                          {"size", [&](char const* v) { s.size = std::strtoull(v, nullptr, 10); }},
                          {"samples", [&](char const* v) { s.samples = std::strtoull(v, nullptr, 10); }},
                          {"in-flight", [&](char const* v) { s.in_flight = std::strtoull(v, nullptr, 10); }},
                          {"seconds", [&](char const* v) { s.seconds = std::atof(v); }},
                          {"runs", [&](char const* v) { s.runs = std::atoi(v); }},
                          {"slab", [&](char const* v) { s.client.slab_bytes = std::strtoull(v, nullptr, 10); }},
                          {"read", [&](char const* v) { s.client.read_bytes = std::strtoull(v, nullptr, 10); }},
                          {"patience-us", [&](char const* v) { s.patience = std::chrono::microseconds(std::atoi(v)); }},
                          {"write", [&](char const* v) { s.write = std::strtoull(v, nullptr, 10); }},
                          {"rest-us", [&](char const* v) { s.rest = std::chrono::microseconds(std::atoi(v)); }},
                          {"cc", [&](char const* v) { s.congestion = v; }},
                          {"certificate", [&](char const* v) { s.certificate = s.client.tls.ca_file = v; }},
                          {"key", [&](char const* v) { s.key = v; }},
                      });
    return s;
}

std::string chunked_tar(settings const& s) {
    std::string out = "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n";
    auto const chunk = [&](std::size_t bytes) {
        char line[32];
        std::snprintf(line, sizeof line, "%zx\r\n", bytes);
        out.append(line).append(bytes, 'x').append("\r\n");
    };
    for (std::size_t i = 0; i < s.samples; ++i) {
        std::size_t left = tar_block + padded(s.size);
        for (std::size_t next = 2048; left > 0; next = next == 2048 ? 31'232 : 32'768) {
            auto const now = std::min(left, next);
            chunk(now);
            left -= now;
        }
    }
    chunk(2 * tar_block);
    return out + "0\r\n\r\n";
}

int tcp_socket(std::string const& congestion) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion.data(), static_cast<socklen_t>(congestion.size())) !=
        0)
        throw std::runtime_error("this kernel has no congestion control " + congestion);
    return fd;
}

void serve_connection(int fd, std::string const& answer, settings const& s) {
    char request[4096];
    while (::recv(fd, request, sizeof request, 0) > 0) {
        for (std::string_view left = answer; !left.empty();) {
            if (s.rest.count() > 0) std::this_thread::sleep_for(s.rest);
            auto const n =
                ::send(fd, left.data(), s.write ? std::min(s.write, left.size()) : left.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            left.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    ::close(fd);
}

// Plain, or over TLS with `secure`.
[[noreturn]] void serve(int listener, std::string const& answer, settings const& s, bench::tls_replay const* secure) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int const fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) std::_Exit(1);
        std::thread([fd, &answer, &s, secure] {
            if (!secure) return serve_connection(fd, answer, s);
            secure->serve(fd, answer);
            ::close(fd);
        }).detach();
    }
}

struct server_process {
    std::uint16_t port = 0;
    pid_t id = 0;
};

server_process start_server(std::string const& answer, settings const& s, bench::tls_replay const* secure) {
    int const listener = tcp_socket(s.congestion);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (::bind(listener, address, length) != 0 || ::listen(listener, 512) != 0 ||
        ::getsockname(listener, address, &length) != 0)
        throw std::runtime_error("no free port");
    std::fflush(stdout);
    pid_t const id = ::fork();
    if (id == 0) serve(listener, answer, s, secure);
    ::close(listener);
    return {ntohs(at.sin_port), id};
}

void stop_server(server_process const& server) {
    ::kill(server.id, SIGKILL);
    ::waitpid(server.id, nullptr, 0);
}

struct figures {
    double seconds = 0;
    double cpu_seconds = 0;
    double user_seconds = 0;
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;
    std::uint64_t reads = 0;
    double cpu_us() const { return cpu_seconds * 1e6 / static_cast<double>(samples); }
    double user_us() const { return user_seconds * 1e6 / static_cast<double>(samples); }
    double gb_per_s() const { return static_cast<double>(bytes) / seconds / 1e9; }
    double reads_per_sample() const { return static_cast<double>(reads) / static_cast<double>(samples); }
};

struct cpu_times {
    double user = 0;
    double system = 0;
};

cpu_times cpu_now() {
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    auto const seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return {seconds(u.ru_utime), seconds(u.ru_stime)};
}

template <class Work>
figures measured(Work work) {
    auto const began = clock_type::now();
    auto const before = cpu_now();
    figures f = work();
    auto const after = cpu_now();
    f.user_seconds = after.user - before.user;
    f.cpu_seconds = f.user_seconds + after.system - before.system;
    f.seconds = std::chrono::duration<double>(clock_type::now() - began).count();
    return f;
}

figures drain_raw(std::uint16_t port, std::size_t answer_bytes, settings const& s) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    int const poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::string_view const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::vector<int> fds;
    std::vector<std::size_t> left(s.in_flight, answer_bytes);
    for (std::size_t i = 0; i < s.in_flight; ++i) {
        int const fd = tcp_socket(s.congestion);
        if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error("no connection");
        epoll_event e{EPOLLIN, {}};
        e.data.u64 = i;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
        fds.push_back(fd);
    }
    auto f = measured([&] {
        figures out;
        std::vector<char> buffer(256 * 1024);
        auto const until = clock_type::now() + std::chrono::duration<double>(s.seconds);
        for (int const fd : fds) ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        for (std::size_t running = s.in_flight; running > 0;) {
            epoll_event ready[64];
            int const n = ::epoll_wait(poll, ready, 64, -1);
            for (int k = 0; k < n; ++k) {
                auto const i = static_cast<std::size_t>(ready[k].data.u64);
                auto const got = ::recv(fds[i], buffer.data(), buffer.size(), MSG_DONTWAIT);
                if (got <= 0) continue;
                ++out.reads;
                out.bytes += static_cast<std::size_t>(got);
                left[i] -= static_cast<std::size_t>(got);
                if (left[i] > 0) continue;
                out.samples += s.samples;
                left[i] = answer_bytes;
                if (clock_type::now() < until)
                    ::send(fds[i], request.data(), request.size(), MSG_NOSIGNAL);
                else
                    --running;
            }
        }
        return out;
    });
    for (int const fd : fds) ::close(fd);
    ::close(poll);
    return f;
}

// Follows the tar's layout, known in advance, and keeps the current sample together as the engine does.
struct sample_walk {
    std::size_t const stride;
    std::size_t const size;
    std::size_t const samples;
    std::size_t at = 0;  // within the stride of the current sample
    std::size_t whole = 0;
    segments payload;

    void take(std::span<std::byte> piece) {
        while (!piece.empty() && whole < samples) {
            std::size_t n = 0;
            if (at < tar_block) {
                n = std::min(tar_block - at, piece.size());
            } else if (at < tar_block + size) {
                n = std::min(tar_block + size - at, piece.size());
                payload.append(piece.first(n));
            } else {
                n = std::min(stride - at, piece.size());
            }
            piece = piece.subspan(n);
            at += n;
            if (at < stride) continue;
            payload.clear();
            at = 0;
            ++whole;
        }
    }
    std::uint64_t rest() const { return at >= tar_block && at < tar_block + size ? tar_block + size - at : 0; }
};

http::task<void> fetch_until(http::client& client, http::url at, clock_type::time_point until, settings const& s,
                             std::uint64_t& samples) {
    while (clock_type::now() < until) {
        http::request r;
        r.target = at;
        auto opening = client.open(std::move(r));
        auto opened = co_await std::move(opening);
        if (!opened) throw exception(opened.error());
        opened->set_patience(s.patience);
        sample_walk walk{tar_block + padded(s.size), s.size, s.samples, 0, 0, {}};
        partial_payload hold{&walk.payload, 0};
        while (!opened->complete()) {
            hold.rest = walk.rest();
            auto reading = opened->read(hold);
            auto const read = co_await std::move(reading);
            if (!read) throw exception(read.error());
            for (auto const piece : opened->pieces()) walk.take(piece);
        }
        if (walk.whole != s.samples) throw std::runtime_error("samples are missing");
        samples += s.samples;
    }
}

figures drain_client(std::string const& origin, settings const& s) {
    boost::asio::io_context io{1};
    slab_pool slabs(256 << 20);
    http::client client(io.get_executor(), slabs, s.client);
    auto const at = http::parse_url(origin).value();
    std::uint64_t samples = 0;
    auto const until =
        clock_type::now() + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(s.seconds));
    std::size_t running = s.in_flight;
    for (std::size_t i = 0; i < s.in_flight; ++i)
        boost::asio::co_spawn(io, fetch_until(client, at, until, s, samples), [&](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
            if (--running == 0) io.stop();  // the pool checks idle connections for a long time
        });
    return measured([&] {
        io.run();
        figures out;
        out.samples = samples;
        out.bytes = client.stats().bytes_read;
        out.reads = client.stats().reads;
        return out;
    });
}

template <class Get>
double median(std::vector<figures> const& all, Get get) {
    std::vector<double> values;
    values.reserve(all.size());
    for (auto const& f : all) values.push_back(get(f));
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(char const* name, std::vector<figures> const& all) {
    std::printf("%-7s %8.3f us CPU/sample (%.3f of it user)  %6.2f GB/s  %7.3f reads/sample\n", name,
                median(all, [](auto const& f) { return f.cpu_us(); }),
                median(all, [](auto const& f) { return f.user_us(); }),
                median(all, [](auto const& f) { return f.gb_per_s(); }),
                median(all, [](auto const& f) { return f.reads_per_sample(); }));
}

}  // namespace

int main(int argc, char** argv) try {
    settings const s = read_settings(argc, argv);
    std::string const answer = chunked_tar(s);
    auto const server = start_server(answer, s, nullptr);
    std::optional<bench::tls_replay> secure;
    server_process secure_server;
    if (!s.certificate.empty()) {
        secure.emplace(s.certificate, s.key);
        secure_server = start_server(answer, s, &*secure);
    }
    std::string const host = "127.0.0.1:";

    std::vector<figures> raw, client, tls;
    for (int i = 0; i < s.runs; ++i) {
        raw.push_back(drain_raw(server.port, answer.size(), s));
        client.push_back(drain_client("http://" + host + std::to_string(server.port), s));
        if (secure) tls.push_back(drain_client("https://" + host + std::to_string(secure_server.port), s));
    }
    stop_server(server);
    if (secure) stop_server(secure_server);
    std::printf("%zu B x %zu, %zu in flight, slab %zu, read %zu, patience %lld us, %s, medians of %d\n", s.size,
                s.samples, s.in_flight, s.client.slab_bytes, s.client.read_bytes,
                static_cast<long long>(s.patience.count()), s.congestion.c_str(), s.runs);
    print("raw", raw);
    print("client", client);
    if (secure) print("tls", tls);
    std::printf("client/raw: CPU %.2f, GB/s %.2f\n",
                median(client, [](auto const& f) { return f.cpu_us(); }) /
                    median(raw, [](auto const& f) { return f.cpu_us(); }),
                median(client, [](auto const& f) { return f.gb_per_s(); }) /
                    median(raw, [](auto const& f) { return f.gb_per_s(); }));
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_http_drain: %s\n", e.what());
    return 1;
}

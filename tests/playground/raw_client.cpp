#include "raw_client.hpp"

#include <aisle/base/percent_encoding.hpp>
#include <aisle/codec/tar/tar_reader.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aisle::test {
namespace {

constexpr int patience_ms = 30'000;

// Instead of Catch's assertions, which support one thread only: clients run on several.
void require(bool holds, char const* what) {
    if (!holds) throw std::runtime_error(what);
}

struct target_url {
    std::string address;
    std::uint16_t port = 0;
    std::string path;
};

target_url parse(std::string_view url) {
    auto const colon = url.find(':', 7);
    auto const slash = url.find('/', 7);
    require(colon < slash, "not a URL with a port");
    return {std::string(url.substr(7, colon - 7)),
            static_cast<std::uint16_t>(std::atoi(std::string(url.substr(colon + 1)).c_str())),
            std::string(url.substr(slash))};
}

}  // namespace

std::string raw_answer::field(std::string_view name) const {
    auto const at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    auto const begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

raw_connection::raw_connection(std::uint16_t port, std::string const& on) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    require(::inet_pton(AF_INET, on.c_str(), &address.sin_addr) == 1, "not an address");
    require(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "no connection");
}

raw_connection::~raw_connection() {
    ::close(fd_);
}

void raw_connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;  // the other side hung up: what it said can still be read
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

bool raw_connection::more() {
    pollfd waiting{fd_, POLLIN, 0};
    require(::poll(&waiting, 1, patience_ms) == 1, "nothing came for 30 seconds");
    std::array<char, 64 * 1024> piece{};
    auto const n = ::recv(fd_, piece.data(), piece.size(), 0);
    if (n <= 0) return false;
    received_.append(piece.data(), static_cast<std::size_t>(n));
    return true;
}

raw_answer raw_connection::receive(bool to_head) {
    raw_answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!more()) return answer;
    }
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + 9);
    if (to_head || answer.status == 100) {
        answer.whole = true;
        return answer;
    }
    auto const take = [&](std::size_t n, std::string& to) {
        while (received_.size() < n) {
            if (!more()) break;
        }
        auto const enough = received_.size() >= n;
        n = std::min(n, received_.size());
        to.append(received_, 0, n);
        received_.erase(0, n);
        return enough;
    };
    if (answer.field("Transfer-Encoding") == "chunked") {
        for (;;) {
            while ((end = received_.find("\r\n")) == std::string::npos) {
                if (!more()) return answer;
            }
            auto const size = std::strtoull(received_.c_str(), nullptr, 16);
            received_.erase(0, end + 2);
            answer.chunks.push_back(size);
            std::string line_end;
            if (!take(size, answer.body) || !take(2, line_end)) return answer;
            require(line_end == "\r\n", "a chunk without its line end");
            if (size == 0) break;
        }
        answer.whole = true;
    } else if (auto const length = answer.field("Content-Length"); !length.empty()) {
        answer.whole = take(std::strtoull(length.c_str(), nullptr, 10), answer.body);
    } else {
        answer.body = drain();
    }
    return answer;
}

void raw_connection::await(std::size_t bytes) {
    while (received_.size() < bytes && more()) {
    }
}

std::string raw_connection::drain() {
    while (more()) {
    }
    return std::exchange(received_, {});
}

bool raw_connection::closes_within(std::chrono::milliseconds time) {
    pollfd waiting{fd_, POLLIN, 0};
    char one = 0;
    return ::poll(&waiting, 1, static_cast<int>(time.count())) == 1 && ::recv(fd_, &one, 1, 0) <= 0;
}

std::string request_text(std::string_view path, raw_request const& request) {
    std::string text(request.method);
    text += " " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + request.fields;
    if (!request.body.empty()) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return text + "\r\n" + request.body;
}

raw_answer ask(std::string_view url, raw_request const& request) {
    auto const to = parse(url);
    raw_connection connection(to.port, to.address);
    connection.send(request_text(to.path, request));
    return connection.receive(request.method == "HEAD");
}

std::string with_path(std::string_view location, std::string_view path) {
    auto const slash = location.find('/', 8);
    auto const query = location.find('?', 8);
    require(slash < query && query != location.npos, "not a Location with a query");
    return std::string(location.substr(0, slash)) + std::string(path.substr(0, path.find('?'))) +
           std::string(location.substr(query));
}

raw_answer ask_on(std::string_view url, raw_request const& request) {
    auto first = ask(url, request);
    if (first.status != 301 && first.status != 307) return first;
    return ask(first.location(), request);
}

std::vector<raw_member> members_of(std::string_view tar) {
    std::vector<raw_member> members;
    codec::tar_reader reader;
    reader.feed(std::as_bytes(std::span(tar.data(), tar.size())));
    for (;;) {
        auto const event = reader.next();
        switch (event.kind) {
            case codec::event_kind::need_input: reader.finish(); break;
            case codec::event_kind::entry_begin: members.push_back({std::string(reader.entry().name), {}}); break;
            case codec::event_kind::entry_data:
                members.back().data.append(reinterpret_cast<char const*>(event.data.data()), event.data.size());
                break;
            case codec::event_kind::entry_end: break;
            case codec::event_kind::end: return members;
            case codec::event_kind::error: members.push_back({"error: " + reader.failure().text, {}}); return members;
        }
    }
}

std::string names_of(std::string_view tar) {
    std::string names;
    for (auto const& m : members_of(tar)) names += (names.empty() ? "" : " ") + m.name;
    return names;
}

namespace {

playground::server_options with_owner(playground::server_options options) {
    if (!options.owner) {
        options.owner = [](std::string_view, std::string_view name) {
            return name.starts_with("l") || name.starts_with("nol") ? 0u : 1u;
        };
    }
    return options;
}

}  // namespace

cluster_under_test::cluster_under_test(playground::server_options options) : server(with_owner(std::move(options))) {
    server.start();
    // The map names the targets by their numbers.
    auto const map = ask(url("/v1/daemon?what=smap")).body;
    auto const targets = map.substr(map.find("\"tmap\""));
    for (std::size_t at = 0; (at = targets.find("\"public_net\"", at)) != std::string::npos; ++at) {
        auto const port = targets.find("\"daemon_port\":\"", at) + 15;
        target_ports.push_back(static_cast<std::uint16_t>(std::atoi(targets.c_str() + port)));
        auto const url = targets.find("\"direct_url\":\"", at) + 14;
        target_urls.push_back(targets.substr(url, targets.find('"', url) - url));
    }
}

void cluster_under_test::create(std::string const& bucket) {
    auto const answer =
        ask(url("/v1/buckets/" + bucket + "?provider=ais"), {.method = "POST", .body = R"({"action":"create-bck"})"});
    REQUIRE(answer.status == 200);
}

void cluster_under_test::put(std::string const& bucket, std::string const& name, std::string const& data) {
    auto const path = "/v1/objects/" + bucket + "/" + base::percent_encode(name) + "?provider=ais";
    auto const redirected = ask(url(path), {.method = "PUT"});
    REQUIRE(redirected.status == 307);
    REQUIRE(ask(with_path(redirected.location(), path), {.method = "PUT", .body = data}).status == 200);
}

std::string cluster_under_test::redirect_to(unsigned target, std::string const& bucket, std::string const& json) {
    auto const wanted = target_urls.at(target) + "/";
    for (int attempt = 0; attempt < 200; ++attempt) {
        auto const answer = ask(url("/v1/ml/moss/" + bucket + "?provider=ais"), {.body = json});
        INFO(answer.head << answer.body);
        REQUIRE(answer.status == 307);
        if (auto const location = answer.location(); location.starts_with(wanted)) return location;
    }
    FAIL("chance never chose target " << target);
    return {};
}

raw_answer cluster_under_test::batch_by(unsigned target, std::string const& bucket, std::string const& json) {
    return ask(redirect_to(target, bucket, json), {.body = json});
}

raw_answer cluster_under_test::batch(std::string const& bucket, std::string const& json) {
    return ask_on(url("/v1/ml/moss/" + bucket + "?provider=ais"), {.body = json});
}

}  // namespace aisle::test

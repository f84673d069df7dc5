// Request bodies: held in memory, or read from a source while they are sent.
#include "client_harness.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;

namespace {

/// A body generated while it is sent; reading its last part can fail.
class made_body final : public body_source {
public:
    made_body(std::uint64_t size, std::uint64_t readable) : size_(size), readable_(readable) {}
    std::uint64_t size() const noexcept override { return size_; }
    result<std::span<std::byte const>> read(std::uint64_t offset) override {
        if (offset >= readable_) return error{errc::invalid_argument, stage::usage, "unreadable"};
        auto const n = std::min<std::uint64_t>(readable_ - offset, 1000);
        for (std::uint64_t i = 0; i < n; ++i) piece_[i] = static_cast<std::byte>('a' + (offset + i) % 26);
        return std::span<std::byte const>(piece_).first(n);
    }

private:
    std::uint64_t size_;
    std::uint64_t readable_;
    std::array<std::byte, 1000> piece_{};
};

}  // namespace

TEST_CASE("a body source is read while it is sent, and again for each time it is sent") {
    std::vector<std::string> seen;
    scripted_server server([&](peer& p) {
        // The second request's connection dies, and the request is sent again.
        for (auto r = p.read_request(); !r.empty(); r = p.read_request()) {
            seen.push_back(r.substr(r.find("\r\n\r\n") + 4));
            if (seen.size() == 2) return;
            p.send(answer_of("kept"));
        }
    });
    client_harness h;
    std::string expected;
    for (std::size_t i = 0; i < 100'500; ++i) expected += static_cast<char>('a' + i % 26);
    for (int i = 0; i < 2; ++i) {
        auto r = get(server.url("/o"));
        r.method = "PUT";
        r.source = std::make_shared<made_body>(100'500, 100'500);
        CHECK(h.fetch(r).body == "kept");
    }
    CHECK(seen == std::vector<std::string>(3, expected));
}

TEST_CASE("an error from a body source ends its request with that error") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    client_harness h;
    auto r = get(server.url("/o"));
    r.method = "PUT";
    r.source = std::make_shared<made_body>(5'000, 2'000);
    auto const got = h.fetch(r);
    CHECK(got.code() == errc::invalid_argument);
    CHECK(got.failure.text == "unreadable");
}

TEST_CASE("an empty body source gives Content-Length 0") {
    std::string seen;
    scripted_server server([&](peer& p) {
        seen = p.receive();
        p.send(answer_of("kept"));
    });
    client_harness h;
    auto r = get(server.url("/o"));
    r.method = "PUT";
    r.source = std::make_shared<made_body>(0, 0);
    CHECK(h.fetch(r).body == "kept");
    CHECK(seen.find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("an early error response to a large body is read, although the server does not read the rest of the body") {
    auto const large = std::string(24 << 20, 'x');
    scripted_server server([](peer& p) {
        p.read_head();
        p.send(answer_of("{\"message\":\"bucket does not exist\"}", 404, "Connection: close\r\n"));
    });  // closes with unread bytes: the client sees a reset
    client_harness h;
    for (int i = 0; i < 10; ++i) {
        auto const got = h.fetch(with_body(server.url(), large));
        CHECK(got.status == 404);
        CHECK(got.body == "{\"message\":\"bucket does not exist\"}");
    }
    CHECK(h.client().stats().idle == 0);
}

TEST_CASE("a large body arrives complete") {
    std::string large(5 << 20, 'x');
    for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>('a' + i % 26);
    scripted_server server([&](peer& p) {
        auto const r = p.read_request();
        p.send(answer_of(std::string_view(r).substr(r.find("\r\n\r\n") + 4) == large ? "same" : "different"));
    });
    client_harness h;
    CHECK(h.fetch(with_body(server.url(), large, "PUT")).body == "same");
}

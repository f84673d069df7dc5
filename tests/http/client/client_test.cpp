#include "client_harness.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using aisle::test::soon;
using namespace std::chrono_literals;

namespace {

/// Answers every request on a connection with the same text.
scripted_server::script always(std::string answer) {
    return [answer](peer& p) {
        while (!p.read_request().empty())
            if (!p.send(answer)) return;
    };
}

}  // namespace

TEST_CASE("a request has the expected head, and head and body arrive together") {
    std::string seen;
    scripted_server server([&](peer& p) {
        seen = p.receive();
        p.send(answer_of("hello", 200, "Content-Type: text/plain\r\n"));
    });
    client_harness h;
    auto r = with_body(server.url("/v1/ml/moss/b?provider=ais"), "{\"in\":[]}");
    r.extra.push_back({"Authorization", "Bearer t"});
    auto const got = h.fetch(r);
    CHECK(got.status == 200);
    CHECK(got.body == "hello");
    CHECK(got.content_type == "text/plain");
    CHECK(seen == "GET /v1/ml/moss/b?provider=ais HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: aisle/0.1\r\nAccept-Encoding: identity\r\nContent-Type: "
                      "application/json\r\nContent-Length: 9\r\n"
                      "Authorization: Bearer t\r\n\r\n{\"in\":[]}");
}

TEST_CASE("a request with a line break in its head is rejected before anything is sent") {
    scripted_server server(always(answer_of("")));
    client_harness h;
    auto bad_method = get(server.url());
    bad_method.method = "GET / HTTP/1.1\r\nX: y";
    auto bad_name = get(server.url());
    bad_name.extra.push_back({"X: y\r\nZ", "v"});
    auto bad_value = get(server.url());
    bad_value.extra.push_back({"X", "v\r\nY: z"});
    auto bad_type = get(server.url());
    bad_type.content_type = "a\nb";
    auto bad_path = get(server.url());
    bad_path.target.path = "/a b";
    auto bad_host = get(server.url());
    bad_host.target.host = "127.0.0.1\r\nX: y";
    for (auto const& r : {bad_method, bad_name, bad_value, bad_type, bad_path, bad_host})
        CHECK(h.fetch(r).code() == errc::invalid_argument);
    CHECK(server.accepted() == 0);
}

TEST_CASE("consecutive requests use one kept-alive connection") {
    scripted_server server(always(answer_of("again")));
    client_harness h;
    for (int i = 0; i < 10; ++i) CHECK(h.fetch(server.url()).body == "again");
    CHECK(server.accepted() == 1);
    auto const stats = h.client().stats();
    CHECK(stats.connections_opened == 1);
    CHECK(stats.connections_reused == 9);
    CHECK(stats.idle == 1);
    CHECK(stats.leased == 0);
    CHECK(stats.reads == 10);
    CHECK(stats.bytes_read == 10 * answer_of("again").size());
    CHECK(h.slabs().in_use_bytes() == 0);
}

TEST_CASE("a status other than 200 is a normal response, and its connection is kept") {
    scripted_server server(always(answer_of("{\"message\":\"no\"}", 404)));
    client_harness h;
    for (int i = 0; i < 2; ++i) {
        auto const got = h.fetch(server.url());
        CHECK(got.status == 404);
        CHECK(got.body == "{\"message\":\"no\"}");
    }
    CHECK(server.accepted() == 1);
}

TEST_CASE("the connection stays usable after HEAD, 204 and interim responses") {
    scripted_server server([](peer& p) {
        for (;;) {
            auto const r = p.read_request();
            if (r.empty()) return;
            if (r.starts_with("HEAD"))
                p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            else if (r.find("/empty") != r.npos)
                p.send("HTTP/1.1 204 No Content\r\n\r\n");
            else
                p.send("HTTP/1.1 100 Continue\r\n\r\n" + answer_of("body"));
        }
    });
    client_harness h;
    auto head = get(server.url());
    head.method = "HEAD";
    for (int i = 0; i < 2; ++i) {
        CHECK(h.fetch(head).status == 200);
        CHECK(h.fetch(server.url("/empty")).status == 204);
        CHECK(h.fetch(server.url()).body == "body");
    }
    CHECK(server.accepted() == 1);
}

TEST_CASE("a response that arrives byte by byte is parsed the same") {
    auto const body = std::string("0123456789abcdef");
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send_slowly(chunked_answer(body, 5), 1, 0us);
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == body);
}

TEST_CASE("a 307 is followed to another server with the same method and body, and both connections are kept") {
    std::string seen;
    scripted_server target([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            seen = r;
            p.send(chunked_answer("data", 2));
        }
    });
    scripted_server proxy([&](peer& p) {
        while (!p.read_request().empty())
            p.send(answer_of("<a href=...>Temporary Redirect</a>", 307,
                             "Location: " + target.url("/v1/x/wid?pid=p&utm=1") + "\r\n"));
    });
    client_harness h;
    for (auto const* method : {"GET", "PUT"}) {
        auto const got = h.fetch(with_body(proxy.url("/v1/x"), "[1,2,3]", method));
        CHECK(got.body == "data");
        CHECK(got.final_url == target.url("/v1/x/wid?pid=p&utm=1"));
        CHECK(seen.starts_with(std::string(method) + " /v1/x/wid?pid=p&utm=1 HTTP/1.1\r\n"));
        CHECK(seen.ends_with("\r\n\r\n[1,2,3]"));
    }
    CHECK(proxy.accepted() == 1);
    CHECK(target.accepted() == 1);
    CHECK(h.client().stats().redirects == 2);
    CHECK(h.client().stats().idle == 2);
}

TEST_CASE("a redirect to another origin loses Authorization, even if it leads back to the first origin") {
    std::string at_home, elsewhere;
    std::string home_url;
    scripted_server stranger([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            elsewhere += r;
            p.send(answer_of("", 307, "Location: " + home_url + "back\r\n"));
        }
    });
    scripted_server home([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            at_home += r;
            if (r.starts_with("GET /same")) p.send(answer_of("", 307, "Location: /away\r\n"));
            if (r.starts_with("GET /away")) p.send(answer_of("", 307, "Location: " + stranger.url() + "\r\n"));
            if (r.starts_with("GET /back")) p.send(answer_of("end"));
        }
    });
    home_url = home.url();
    client_harness h;
    auto r = get(home.url("/same"));
    r.extra = {{"Authorization", "Bearer secret"}, {"Range", "bytes=0-9"}, {"X-Amz-Security-Token", "secret"}};
    CHECK(h.fetch(r).body == "end");
    auto const count = [](std::string const& text, std::string_view what) {
        int n = 0;
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
        return n;
    };
    CHECK(count(at_home, "Authorization: Bearer secret") == 2);  // /same and /away
    CHECK(count(at_home, "Range: bytes=0-9") == 3);
    CHECK(count(elsewhere, "Range: bytes=0-9") == 1);
    CHECK(elsewhere.find("secret") == std::string::npos);
}

TEST_CASE("301 is followed for a GET, and the redirect's own body may be late and chunked") {
    scripted_server server([](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            if (r.starts_with("GET /old"))
                p.send_slowly(
                    "HTTP/1.1 301 Moved\r\nLocation: /new\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\n\r\n",
                    20, 1ms);
            else
                p.send(answer_of("found"));
        }
    });
    client_harness h;
    auto const got = h.fetch(server.url("/old"));
    CHECK(got.body == "found");
    CHECK(got.final_url == server.url("/new"));
    CHECK(server.accepted() == 1);
    CHECK(h.fetch(with_body(server.url("/old"), "x", "GET")).body == "found");
}

TEST_CASE("redirect loops and invalid redirects are typed errors") {
    scripted_server circle(always(answer_of("", 307, "Location: /again\r\n")));
    scripted_server nowhere(always(answer_of("", 307)));
    scripted_server see_other(always(answer_of("", 303, "Location: /x\r\n")));
    client_harness h;
    auto const endless = h.fetch(circle.url());
    CHECK(endless.code() == errc::too_many_redirects);
    CHECK(endless.failure.where == stage::redirect);
    CHECK(endless.failure.http_status == 307);
    CHECK(h.client().stats().redirects == 5);
    CHECK(h.fetch(nowhere.url()).code() == errc::bad_redirect);
    CHECK(h.fetch(see_other.url()).code() == errc::bad_redirect);
    CHECK(h.client().stats().leased == 0);
}

TEST_CASE("a kept-alive connection that dies before the first byte is replaced once, by a new one") {
    // The first connection answers once, then reads a request without answering it.
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(answer_of("first"));
        if (p.read_request().empty() || p.number() == 0) return;
        p.send(answer_of("second"));
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == "first");
    CHECK(h.fetch(server.url()).body == "first");  // from the fresh connection
    CHECK(server.accepted() == 2);
    CHECK(h.client().stats().stale_retries == 1);
}

TEST_CASE("a new connection that dies is not replaced, and a stale one is replaced only once") {
    scripted_server server([](peer& p) {
        p.read_request();
        if (p.number() > 0) return;
        p.send(answer_of("first"));
        p.read_request();
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == "first");
    auto const got = h.fetch(server.url());
    CHECK(got.code() == errc::connection_lost);
    CHECK(server.accepted() == 2);
    CHECK(h.fetch(server.url()).code() == errc::connection_lost);
    CHECK(server.accepted() == 3);
    CHECK(h.client().stats().stale_retries == 1);
    CHECK(h.client().stats().leased == 0);
}

TEST_CASE("a request that a server may have processed is not sent twice") {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(answer_of("first"));
        p.read_request();
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == "first");
    CHECK(h.fetch(with_body(server.url(), "x", "POST")).code() == errc::connection_lost);
    CHECK(server.accepted() == 1);
}

TEST_CASE("a kept-alive connection that the server has closed is not used") {
    std::atomic<bool> closed{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(answer_of("once"));
        if (p.number() == 0) {
            p.finish();
            p.wait_until_delivered();
            closed = true;
        }
        p.wait_for_close();
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == "once");
    CHECK(soon([&] { return closed.load(); }));
    CHECK(h.fetch(with_body(server.url(), "x", "POST")).body == "once");
    CHECK(server.accepted() == 2);
    CHECK(h.client().stats().stale_retries == 0);
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

TEST_CASE("requests over the connection limit of a host wait for their turn") {
    for (unsigned const limit : {1u, 3u}) {
        CAPTURE(limit);
        client_options o;
        o.connections_per_host = limit;
        std::atomic<unsigned> now{0};
        std::atomic<unsigned> most{0};
        scripted_server server([&](peer& p) {
            while (!p.read_request().empty()) {
                auto const here = ++now;
                for (auto seen = most.load(); seen < here && !most.compare_exchange_weak(seen, here);) {
                }
                std::this_thread::sleep_for(5ms);
                --now;
                p.send(answer_of("served"));
            }
        });
        client_harness h(o);
        std::vector<int> order;
        for (int i = 0; i < 20; ++i)
            h.start([&, i]() -> task<void> {
                auto fetch = h.fetching(get(server.url()));
                auto const got = co_await std::move(fetch);
                CHECK(got.body == "served");
                order.push_back(i);
            });
        h.run();
        CHECK(server.accepted() <= static_cast<int>(limit));
        CHECK(most <= limit);
        CHECK(h.client().stats().leased == 0);
        CHECK(h.client().stats().idle == limit);
        if (limit > 1) std::sort(order.begin(), order.end());  // those in parallel may overtake each other
        REQUIRE(order.size() == 20);
        for (int i = 0; i < 20; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
    }
}

TEST_CASE("destroying an unfinished response closes its connection") {
    std::atomic<bool> gone{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
        p.wait_for_close();
        gone = true;
    });
    client_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        CHECK(h.client().stats().leased == 1);
        auto const dropped = std::move(*opened);
    });
    h.run();
    CHECK(soon([&] { return gone.load(); }));
    CHECK(h.client().stats().leased == 0);
    CHECK(h.client().stats().idle == 0);
}

TEST_CASE("a name is resolved, and all its addresses are tried") {
    scripted_server server(always(answer_of("by name")));  // listens on 127.0.0.1; the name may have ::1 as well
    client_harness h;
    auto const got = h.fetch("http://localhost:" + std::to_string(server.port()) + "/");
    CHECK(got.body == "by name");
}

TEST_CASE("an address's zone is not sent to the server") {
    std::string seen;
    scripted_server server([&](peer& p) {
        seen = p.read_request();
        p.send(answer_of("here"));
    });
    client_harness h;
    // An IPv4-mapped IPv6 address reaches a server that listens on IPv4.
    auto const port = std::to_string(server.port());
    auto const got = h.fetch("http://[::ffff:127.0.0.1%25lo]:" + port + "/");
    if (got.code() == errc::connect_failed) {
        WARN("no IPv6 here: " << got.failure.message());
        return;
    }
    CHECK(got.body == "here");
    CHECK(seen.find("\r\nHost: [::ffff:127.0.0.1]:" + port + "\r\n") != std::string::npos);
}

TEST_CASE("a name without an address, and a port without a server, are connection errors") {
    client_options o;
    o.connect_timeout = 5s;
    client_harness h(o);
    auto const refused = h.fetch("http://127.0.0.1:" + std::to_string(closed_port()) + "/");
    CHECK(refused.code() == errc::connect_failed);
    CHECK(refused.failure.where == stage::connect);
    CHECK(refused.failure.text.find("refused") != std::string::npos);
    auto const unknown = h.fetch("http://no-such-host.invalid/");
    bool const expected = unknown.code() == errc::resolve_failed || unknown.code() == errc::connect_timeout;
    CHECK(expected);  // without a name server, the deadline expires
    CHECK(h.client().stats().leased == 0);
}

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

#include "client_harness.hpp"
#include "support/soon.hpp"

#include <atomic>
#include <vector>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using aisle::test::soon;
using namespace std::chrono_literals;

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

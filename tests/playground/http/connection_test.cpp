// HTTP on a connection: keep-alive, limits, closing.

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

TEST_CASE("Pipelined requests are answered in order") {
    cluster_under_test home;
    home.create("b");
    raw_connection connection(home.server.port());
    std::string all;
    for (int i = 0; i < 20; ++i)
        all += request_text("/v1/objects/b/" + std::to_string(i), {}) + request_text("/v1/health", {}) + "\r\n";
    connection.send(all);
    for (int i = 0; i < 20; ++i) {
        CHECK(connection.receive().location().find("/b/" + std::to_string(i) + "?") != std::string::npos);
        CHECK(connection.receive().status == 200);
    }
    CHECK(home.server.stats().connections == 3);  // the others asked for the map and made the bucket
}

TEST_CASE("A request may arrive byte by byte, and its body in chunks") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "x");
    raw_connection connection(home.server.port());
    for (char const c : request_text("/v1/health", {})) connection.send(std::string(1, c));
    CHECK(connection.receive().status == 200);
    std::string const json = R"({"in":[{"objname":"s"}],"strm":true})";
    connection.send("GET /v1/ml/moss/b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + json.substr(0, 5) +
                    "\r\n1f;ext=1\r\n" + json.substr(5) + "\r\n0\r\nTrailer: x\r\n\r\n");
    REQUIRE(json.size() == 36);
    CHECK(connection.receive().status == 307);
}

TEST_CASE("100-continue is sent before a body is read, but not before one that is not needed") {
    cluster_under_test home;
    home.create("b");
    std::string const json = R"({"in":[{"objname":"s"}],"strm":true})";
    raw_connection connection(home.server.port());
    connection.send("GET /v1/ml/moss/b HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n");
    CHECK(connection.receive().status == 100);
    connection.send(json);
    CHECK(connection.receive().status == 307);
    connection.send("PUT /v1/objects/b/x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n");
    auto const redirect = connection.receive();
    CHECK(redirect.status == 307);
    CHECK(redirect.field("Connection") == "close");
}

TEST_CASE("A small body that is not needed is skipped, a large one closes the connection") {
    cluster_under_test home;
    home.create("b");
    raw_connection connection(home.server.port());
    connection.send(request_text("/v1/objects/b/x", {.method = "PUT", .body = std::string(100'000, 'x')}));
    CHECK(connection.receive().status == 307);
    connection.send(request_text("/v1/objects/b/x", {.method = "PUT", .body = std::string(1'000'000, 'x')}));
    auto const redirect = connection.receive();
    CHECK(redirect.status == 307);
    CHECK(redirect.field("Connection") == "close");
}

TEST_CASE("Heads and bodies over their limits are refused") {
    cluster_under_test home;
    home.create("b");
    raw_connection long_head(home.server.port());
    long_head.send("GET /v1/health HTTP/1.1\r\nX: " + std::string(1'200'000, 'x'));
    CHECK(long_head.receive().status == 431);
    raw_connection long_body(home.server.port());
    long_body.send("GET /v1/ml/moss/b HTTP/1.1\r\nContent-Length: 70000000\r\n\r\n");
    CHECK(long_body.receive().status == 413);
    raw_connection no_http(home.server.port());
    no_http.send("hello\r\n\r\n");
    auto const refused = no_http.receive();
    CHECK(refused.status == 400);
    CHECK(refused.field("Connection") == "close");
}

TEST_CASE("HTTP/1.0 clients get the archive without chunks, until the connection is closed") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "x");
    std::string const json = R"({"in":[{"objname":"s"}],"strm":true})";
    auto const location = home.redirect_to(0, "b", json);
    raw_connection connection(home.target_ports[0]);
    connection.send("GET " + location.substr(location.find("/v1")) + " HTTP/1.0\r\nContent-Length: 36\r\n\r\n" + json);
    auto const answer = connection.receive();
    CHECK(answer.status == 200);
    CHECK(answer.field("Transfer-Encoding").empty());
    CHECK(names_of(answer.body) == "b/s");
}

TEST_CASE("Connection: close is obeyed and sent") {
    cluster_under_test home;
    raw_connection connection(home.server.port());
    connection.send(request_text("/v1/health", {.fields = "Connection: close\r\n"}));
    CHECK(connection.receive().field("Connection") == "close");
    CHECK(connection.closes_within(20s));  // not because it is idle
}

TEST_CASE("An idle connection is closed after its time") {
    playground::server_options options;
    options.idle_close = 300ms;
    cluster_under_test home(options);
    raw_connection connection(home.server.port());
    auto const begun = std::chrono::steady_clock::now();
    connection.send(request_text("/v1/health", {}));
    CHECK(connection.receive().status == 200);
    CHECK(connection.closes_within(20s));
    CHECK(std::chrono::steady_clock::now() - begun >= options.idle_close);
}

TEST_CASE("A client that disconnects in the middle does not affect others") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 10, .size = 10'000'000};
    cluster_under_test home(options);
    std::string const json = R"({"in":[{"objname":"sample-00000001"},{"objname":"sample-00000002"}],"strm":true})";
    for (int i = 0; i < 5; ++i) {
        auto const location = home.redirect_to(0, "synthetic", json);
        raw_connection connection(home.target_ports[0]);
        connection.send(request_text(location.substr(location.find("/v1")), {.body = json}));
    }
    CHECK(members_of(home.batch("synthetic", json).body).size() == 2);
}

// The relay alone: what passes unchanged, and each fault as seen by a bare socket.
#include "../relay_fixture.hpp"
#include "random_plan.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <playground/raw_client.hpp>
#include <stdexcept>
#include <string>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::faults;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::string_view batch_path = "/v1/ml/moss/synthetic?provider=ais";

std::string json(std::uint64_t count, std::string_view mime = ".tar", bool streamed = true) {
    std::string text = "{\"in\":[";
    for (std::uint64_t i = 0; i < count; ++i)
        text += std::string(i == 0 ? "" : ",") + "{\"objname\":\"" + playground::synthetic_name(i) + "\"}";
    return text + "],\"mime\":\"" + std::string(mime) + "\",\"strm\":" + (streamed ? "true" : "false") + "}";
}

struct place {
    std::string host;
    std::uint16_t port = 0;
    std::string path;
};

place place_of(std::string const& url) {
    auto const slash = url.find('/', 7);
    auto const colon = url.find(':', 7);
    return {url.substr(7, colon - 7), static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))), url.substr(slash)};
}

// The target's answer to a batch, on a new connection, byte for byte.
std::string raw_batch(relayed_cluster const& c, std::string const& body) {
    auto const redirected = ask(c.relay.endpoint() + std::string(batch_path), {.body = body});
    REQUIRE(redirected.status == 307);
    auto const to = place_of(redirected.location());
    raw_connection connection(to.port, to.host);
    connection.send(request_text(to.path, {.body = body, .fields = "Connection: close\r\n"}));
    return connection.drain();
}

std::string without_date(std::string text) {
    auto const at = text.find("Date: ");
    if (at != std::string::npos) text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
}

// Also if it is reset before connect() returns.
bool is_reset_when_accepted(std::uint16_t port) {
    try {
        return raw_connection(port).closes_within(10s);
    } catch (std::runtime_error const&) {
        return true;
    }
}

}  // namespace

TEST_CASE("redirects and cluster maps lead back to the relay") {
    relayed_cluster c(100, 1'000);
    auto const map = ask(c.relay.endpoint() + "/v1/daemon?what=smap");
    CHECK(map.status == 200);
    CHECK(map.whole);
    CHECK(c.relay.nodes().size() == 4);
    for (auto const& node : c.relay.nodes()) {
        CHECK(map.body.find("\"direct_url\":\"http://" + node + "\"") == std::string::npos);
    }
    auto const answer = ask(c.relay.endpoint() + std::string(batch_path), {.body = json(3)});
    REQUIRE(answer.status == 307);
    CHECK(map.body.find("\"direct_url\":\"" + answer.location().substr(0, answer.location().find("/v1"))) !=
          std::string::npos);
    CHECK(c.relay.nodes().size() == 4);
    CHECK(names_of(ask(answer.location(), {.body = json(3)}).body).find("sample-00000002") != std::string::npos);
}

TEST_CASE("without a fault every answer passes byte for byte, in every format and mode") {
    // The times of an archive's members depend on the answering target: one target, one answer.
    playground::server_options options;
    options.targets = 1;
    relayed_cluster c(100, 3'000, options);
    for (auto mime : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false}) {
            INFO(mime << streamed);
            auto const body = json(40, mime, streamed);
            auto const direct = ask(c.cluster.server.endpoint() + std::string(batch_path), {.body = body});
            auto const to = place_of(direct.location());
            raw_connection connection(to.port, to.host);
            connection.send(request_text(to.path, {.body = body, .fields = "Connection: close\r\n"}));
            auto const expected = without_date(connection.drain());
            auto const relayed = without_date(raw_batch(c, body));
            CHECK(relayed.size() == expected.size());
            // Each multipart answer has a different boundary.
            if (streamed) CHECK(relayed == expected);
        }
    CHECK(c.relay.stats().all_faults() == 0);
}

TEST_CASE("an engine behind the relay reads every format and mode unchanged") {
    relayed_cluster c(4'000, 2'000);
    auto options = c.for_engine();
    options.shards = 1;  // each fetches the cluster map
    engine e(options);
    for (auto format : {".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streamed : {true, false}) {
            INFO(format << streamed);
            // Nothing is requested twice, so that stalls of a busy machine do not matter.
            stream_options how{.in_flight = 8,
                               .output_format = format,
                               .streaming_get = streamed,
                               .retry = no_retry,
                               .hedging = false};
            std::uint64_t right = 0;
            auto stream = e.open(made_up_batches(40, 100), how);
            while (auto const s = stream.next()) right += is_right(*s);
            auto const total = stream.finish();
            REQUIRE(total.has_value());
            CHECK(right == 4'000);
            CHECK(!total->fault);
            // The stream stays open until then: its end would cut what is left of the answers.
            REQUIRE(soon([&] { return e.stats().batches_in_flight == 0; }));
        }
    // On a busy machine a target may seem sick. Its redirect is then followed and closed, and the proxy asked again.
    auto const dropped = e.stats().redirects_dropped;
    // An answer counts after its last byte was sent.
    CHECK(soon([&] {
        auto const now = c.relay.stats();
        return now.answers + dropped >= now.requests;
    }));
    auto const seen = c.relay.stats();
    CHECK(seen.answers <= seen.requests + dropped);
    CHECK(seen.requests >= 800);
    CHECK(seen.requests <= 802 + 3 * dropped);  // and the cluster map
    CHECK(seen.connections < 100 + dropped);
}

TEST_CASE("objects are put, got and queried through the relay, large ones too") {
    relayed_cluster c(1, 1);
    auto const bucket = c.relay.endpoint() + "/v1/buckets/mine?provider=ais";
    REQUIRE(ask(bucket, {.method = "POST", .body = R"({"action":"create-bck"})"}).status == 200);
    std::string const content(6'000'000, 'x');
    auto const object = c.relay.endpoint() + "/v1/objects/mine/large?provider=ais";
    auto const to = ask(object, {.method = "PUT"});
    REQUIRE(to.status == 307);
    REQUIRE(ask(to.location(), {.method = "PUT", .body = content}).status == 200);
    CHECK(ask_on(object).body == content);
    auto const head = ask_on(object, {.method = "HEAD"});
    CHECK(head.status == 200);
    CHECK(head.field("Content-Length") == "6000000");
}

TEST_CASE("a cut ends the answer before its byte, cleanly or by a reset") {
    relayed_cluster c(100, 1'000);
    auto const whole = raw_batch(c, json(5)).size();
    for (auto const at : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{3'000}, whole - 1}) {
        INFO(at);
        c.relay.spoil("cut@" + std::to_string(at));
        CHECK(raw_batch(c, json(5)).size() == at);
        c.relay.spoil("cut!@" + std::to_string(at));
        CHECK(raw_batch(c, json(5)).size() == at);
    }
    CHECK(c.relay.stats().of(fault_kind::cut) == 10);
    c.relay.spoil("cut@" + std::to_string(whole));
    CHECK(raw_batch(c, json(5)).size() == whole);
    CHECK(c.relay.stats().of(fault_kind::cut) == 10);
    c.relay.spoil("cut@b700");
    auto const cut = raw_batch(c, json(5));
    auto const head = cut.substr(0, cut.find("\r\n\r\n") + 4);
    CHECK(cut.size() - head.size() == 700 + std::string_view("800\r\n").size());
}

TEST_CASE("a flip changes one bit, a duplicate repeats a run") {
    relayed_cluster c(100, 1'000);
    auto const clean = without_date(raw_batch(c, json(5)));
    auto const body = clean.find("\r\n\r\n") + 4 + std::string_view("800\r\n").size();
    c.relay.spoil("flip@b1000:3");
    auto const flipped = without_date(raw_batch(c, json(5)));
    REQUIRE(flipped.size() == clean.size());
    for (std::size_t i = 0; i < clean.size(); ++i)
        if (flipped[i] != clean[i]) CHECK(i == body + 1'000);
    CHECK((flipped[body + 1'000] ^ clean[body + 1'000]) == 8);
    c.relay.spoil("duplicate@b1000:50");
    auto doubled = without_date(raw_batch(c, json(5)));
    CHECK(doubled.size() == clean.size() + 50);
    CHECK(doubled.erase(body + 1'000, 50) == clean);
}

TEST_CASE("delays, stalls and trickles take their time, and end when the client closes") {
    relayed_cluster c(100, 1'000);
    auto const took = [&](std::string const& rule) {
        c.relay.spoil(rule);
        auto const began = clock_type::now();
        raw_batch(c, json(5));
        return clock_type::now() - began;
    };
    auto const whole = raw_batch(c, json(5)).size();
    CHECK(took("delay:200") >= 200ms);
    CHECK(took("stall@2000:200") >= 200ms);
    CHECK(took("trickle@" + std::to_string(whole - 10) + ":20") >= 180ms);

    for (auto const* rule : {"delay:100000", "stall@2000", "trickle@2000"}) {
        INFO(rule);
        c.relay.spoil(rule);
        auto const to = place_of(ask(c.relay.endpoint() + std::string(batch_path), {.body = json(5)}).location());
        {
            raw_connection connection(to.port, to.host);
            connection.send(request_text(to.path, {.body = json(5)}));
            CHECK(soon([&] { return c.relay.stats().open == 1; }));
            std::this_thread::sleep_for(20ms);
        }
        CHECK(soon([&] { return c.relay.stats().open == 0; }));
    }
}

TEST_CASE("a refusal is sent by the relay, with or without Retry-After, and keeps the connection") {
    relayed_cluster c(100, 1'000);
    c.relay.spoil("refuse:429:2x1,refuse:503x1,refuse:401x1,refuse:500x1");
    raw_connection connection(place_of(c.relay.endpoint() + "/").port);
    std::string seen;
    for (int i = 0; i < 5; ++i) {
        connection.send(request_text(batch_path, {.body = json(1)}));
        auto const answer = connection.receive();
        CHECK(answer.whole);
        seen += std::to_string(answer.status) + (answer.field("Retry-After").empty() ? " " : "+2 ");
    }
    CHECK(seen == "429+2 503 401 500 307 ");
    CHECK(c.cluster.server.stats().requests == 1);
    CHECK(c.relay.stats().connections == 1);
}

TEST_CASE("a kept connection is closed when the next request arrives, or right after an answer") {
    relayed_cluster c(100, 1'000);
    auto const port = place_of(c.relay.endpoint() + "/").port;
    for (auto const* rule : {"drop/2", "drop!/2"}) {
        c.relay.spoil(rule);
        raw_connection connection(port);
        connection.send(request_text("/v1/health", {}));
        CHECK(connection.receive().status == 200);
        CHECK(!connection.closes_within(50ms));
        connection.send(request_text("/v1/health", {}));
        CHECK(connection.drain().empty());
    }
    for (auto const* rule : {"hang-up", "hang-up!"}) {
        c.relay.spoil(rule);
        auto const to = place_of(ask(c.relay.endpoint() + std::string(batch_path), {.body = json(5)}).location());
        raw_connection connection(to.port, to.host);
        connection.send(request_text(to.path, {.body = json(5)}));
        auto const answer = connection.receive();
        CHECK(answer.whole);
        CHECK(answer.field("Connection").empty());
        CHECK(connection.closes_within(10s));
    }
}

TEST_CASE("connections are reset when accepted, or all at once") {
    relayed_cluster c(100, 1'000);
    auto const port = place_of(c.relay.endpoint() + "/").port;
    c.relay.set_plan({.on_accept = [](unsigned node) { return node == 0; }});
    CHECK(is_reset_when_accepted(port));
    CHECK(c.relay.stats().accept_resets == 1);
    c.relay.set_plan({});
    raw_connection a(port);
    raw_connection b(port);
    CHECK(soon([&] { return c.relay.stats().open == 2; }));
    c.relay.reset_connections();
    CHECK(a.closes_within(10s));
    CHECK(b.closes_within(10s));
    CHECK(soon([&] { return c.relay.stats().open == 0; }));
}

TEST_CASE("a connection that the server closes when idle is closed for the client") {
    playground::server_options options;
    options.idle_close = 200ms;
    relayed_cluster c(100, 1'000, options);
    // The request may come so late that the connection has already been closed.
    CHECK(soon([&] {
        raw_connection connection(place_of(c.relay.endpoint() + "/").port);
        connection.send(request_text("/v1/health", {}));
        return connection.receive().status == 200 && connection.closes_within(10s);
    }));
}

TEST_CASE("a random plan is repeatable and uses every kind") {
    std::array<std::uint64_t, fault_kinds> met{};
    auto const a = random_plan({.seed = 3, .every = 0ms});
    auto const b = random_plan({.seed = 3, .every = 0ms});
    for (int i = 0; i < 1'000; ++i) {
        exchange const x{.redirected = i % 2 == 1};
        auto const f = a.on_request(x);
        auto const g = b.on_request(x);
        CHECK(f.kind == g.kind);
        CHECK(f.at == g.at);
        ++met[static_cast<std::size_t>(f.kind)];
        if (!x.redirected)
            CHECK((f.kind == fault_kind::none || f.kind == fault_kind::refuse || f.kind == fault_kind::drop));
    }
    for (std::size_t kind = 1; kind < fault_kinds; ++kind) CHECK(met[kind] > 20);
}

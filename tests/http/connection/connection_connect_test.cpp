#include "../client/client_harness.hpp"

#include <aisle/http/connect_race.hpp>
#include <aisle/http/connection.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <thread>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// A resolver with addresses set by the test, which counts its lookups.
struct connect_harness : client_harness {
    std::function<resolver::addresses(std::string const&)> book;
    int lookups = 0;
    bool is_hung = false;
    std::chrono::milliseconds keep = 60s;
    std::unique_ptr<resolver> names;
    tls_context tls{{}};
    std::shared_ptr<limit_clock> deadlines = std::make_shared<limit_clock>(ex(), 5ms);
    std::shared_ptr<limit_clock> pace = std::make_shared<limit_clock>(ex(), 1ms);
    std::vector<std::function<void(boost::system::error_code, resolver::addresses)>> unanswered;

    void use(std::function<resolver::addresses(std::string const&)> addresses_of) {
        book = std::move(addresses_of);
        names = std::make_unique<resolver>(
            ex(),
            [this](std::string const& host, std::function<void(boost::system::error_code, resolver::addresses)> found) {
                ++lookups;
                if (is_hung) {
                    unanswered.push_back(std::move(found));
                    return;
                }
                boost::asio::post(io(), [this, host, found = std::move(found)] {
                    auto list = book(host);
                    auto const failed = list.empty() ? boost::asio::error::host_not_found : boost::system::error_code();
                    found(failed, std::move(list));
                });
            },
            keep);
    }

    std::unique_ptr<connection> fresh() { return std::make_unique<connection>(ex(), deadlines, pace); }

    task<result<void>> connecting(connection& c, std::uint16_t port, std::chrono::milliseconds limit = 30s,
                                  std::string host = "cluster.example") {
        url to;
        to.host = host;
        to.port = port;
        auto connecting = c.connect(to, *names, tls, limit);
        co_return co_await std::move(connecting);
    }

    /// Starts connecting c, and stores the result in done, if given.
    void begin(connection& c, std::uint16_t port, result<void>* done = nullptr) {
        start([this, &c, port, done]() -> task<void> {
            auto one = connecting(c, port);
            auto told = co_await std::move(one);
            if (done) *done = std::move(told);
        });
    }

    result<void> connect(std::uint16_t port, std::chrono::milliseconds limit = 30s) {
        result<void> out;
        start([&]() -> task<void> {
            auto const c = fresh();
            auto one = connecting(*c, port, limit);
            out = co_await std::move(one);
        });
        run();
        return out;
    }
};

resolver::addresses loopback(std::vector<int> const& hosts) {
    resolver::addresses out;
    for (int const host : hosts) out.push_back(boost::asio::ip::make_address("127.0.0." + std::to_string(host)));
    return out;
}

errc code_of(result<void> const& r) {
    return r ? errc{} : static_cast<errc>(r.error().code.value());
}

void until_closed(peer& p) {
    p.wait_for_close();
}

}  // namespace

TEST_CASE("a black-holed first address does not delay a connection by the second, and is then tried last") {
    scripted_server server(until_closed);
    silent_port const hole(server.port(), 2);
    connect_harness h;
    h.use([](auto&) { return loopback({2, 1}); });
    auto const began = clock_type::now();
    REQUIRE(h.connect(server.port()));
    CHECK(clock_type::now() - began >= connect_race::delay);
    h.start([&]() -> task<void> {
        timer gate(h.ex());
        auto resolving = h.names->resolve("cluster.example", gate);
        auto const known = co_await std::move(resolving);
        REQUIRE(known);
        CHECK(known->kept);
        CHECK(known->host->list() == loopback({1, 2}));
    });
    h.run();
    CHECK(h.lookups == 1);
}

TEST_CASE("after a refused address the next one is tried at once") {
    scripted_server server(until_closed);
    connect_harness h;
    std::vector<int> hosts;
    for (int i = 100; i < 200; ++i) hosts.push_back(i);  // 25 s if each delayed the next by a quarter of a second
    hosts.push_back(1);
    h.use([&](auto&) { return loopback(hosts); });
    CHECK(h.connect(server.port(), 15s));
}

TEST_CASE("if every address refuses, the error has the last one's message") {
    connect_harness h;
    h.use([](auto&) { return loopback({1, 2, 3}); });
    auto const done = h.connect(closed_port());
    REQUIRE(code_of(done) == errc::connect_failed);
    CHECK(done.error().text.find("cluster.example:") == 0);
    CHECK(done.error().text.find("Connection refused (the last of 3 addresses)") != std::string::npos);
    CHECK(h.lookups == 1);  // they were new
}

TEST_CASE("one deadline covers the lookup and all addresses") {
    silent_port const one(0, 2);
    std::uint16_t const port = parse_url(one.url()).value().port;
    silent_port const other(port, 3);
    connect_harness h;
    h.use([](auto&) { return loopback({2, 3}); });
    CHECK(code_of(h.connect(port, 600ms)) == errc::connect_timeout);
    h.is_hung = true;
    CHECK(code_of(h.connect(port, 100ms)) == errc::connect_timeout);
    CHECK(h.lookups == 2);  // addresses that failed were forgotten
    // The lookup completes when it is no longer needed.
    h.names.reset();
    for (auto const& found : h.unanswered) found({}, loopback({1}));
}

TEST_CASE("concurrent connections share one lookup, and an expired result is looked up again") {
    scripted_server server(until_closed);
    connect_harness h;
    h.keep = 300ms;
    h.use([](auto&) { return loopback({1}); });
    std::vector<std::unique_ptr<connection>> all;
    int connected = 0;
    for (int i = 0; i < 20; ++i) {
        all.push_back(h.fresh());
        h.start([&, &c = *all.back()]() -> task<void> {
            auto connecting = h.connecting(c, server.port());
            auto const done = co_await std::move(connecting);
            connected += done.has_value();
        });
    }
    h.run();
    CHECK(connected == 20);
    CHECK(h.lookups == 1);
    std::this_thread::sleep_for(350ms);
    CHECK(h.connect(server.port()));
    CHECK(h.lookups == 2);
    std::this_thread::sleep_for(350ms);
    h.start([&]() -> task<void> {
        auto const c = h.fresh();
        auto connecting = h.connecting(*c, server.port(), 30s, "other.example");
        auto const done = co_await std::move(connecting);
        CHECK(done);
    });
    h.run();
    CHECK(h.lookups == 3);
    CHECK(h.names->size() == 1);  // the other one has expired
}

TEST_CASE("a connection that fails with cached addresses looks the name up again") {
    auto server = std::make_unique<scripted_server>(until_closed);
    auto const port = server->port();
    connect_harness h;
    bool moved = false;
    h.use([&](auto&) { return moved ? loopback({1}) : loopback({7, 8}); });
    h.start([&]() -> task<void> {  // cached, and outdated
        timer gate(h.ex());
        auto resolving = h.names->resolve("cluster.example", gate);
        auto const known = co_await std::move(resolving);
        REQUIRE(known);
    });
    h.run();
    moved = true;
    CHECK(h.connect(port));
    CHECK(h.lookups == 2);

    server.reset();
    CHECK(code_of(h.connect(port)) == errc::connect_failed);
    CHECK(h.lookups == 3);  // the same addresses: not tried twice
}

TEST_CASE("a name without an address is an error with that name, and is not cached") {
    connect_harness h;
    bool exists = false;
    h.use([&](auto&) { return exists ? loopback({1}) : resolver::addresses{}; });
    auto const done = h.connect(closed_port());
    REQUIRE(code_of(done) == errc::resolve_failed);
    CHECK(done.error().text.find("cluster.example: ") == 0);
    exists = true;
    CHECK(code_of(h.connect(closed_port())) == errc::connect_failed);
}

TEST_CASE("a connection abandoned during a lookup or a connect race ends at once") {
    silent_port const one(0, 2);
    for (bool const hung : {false, true}) {
        connect_harness h;
        h.is_hung = hung;
        h.use([](auto&) { return loopback({2}); });
        auto const c = h.fresh();
        result<void> done;
        h.begin(*c, parse_url(one.url()).value().port, &done);
        h.start([&]() -> task<void> {
            timer rest(h.ex(), 20ms);
            co_await rest.async_wait(use_task);
            c->abandon(errc::cancelled);
        });
        h.run();
        CHECK(code_of(done) == errc::cancelled);
    }
}

TEST_CASE("a client may be destroyed during lookups and connect races") {
    silent_port const one(0, 2);
    for (bool const hung : {false, true}) {
        connect_harness h;
        h.is_hung = hung;
        h.use([](auto&) { return loopback({2}); });
        auto const c = h.fresh();
        h.begin(*c, parse_url(one.url()).value().port);
        h.run_for(20ms);  // the io_context is destroyed with a suspended coroutine
    }
}

TEST_CASE("by default, names are resolved by the system") {
    scripted_server server(until_closed);
    connect_harness h;
    h.names = std::make_unique<resolver>(h.ex());
    h.start([&]() -> task<void> {
        auto const c = h.fresh();
        auto connecting = h.connecting(*c, server.port(), 30s, "localhost");
        auto const found = co_await std::move(connecting);
        CHECK(found);
        auto const none = h.fresh();
        connecting = h.connecting(*none, server.port(), 30s, "no-such-name.invalid");
        auto const not_found = co_await std::move(connecting);
        // Without a name server, the deadline expires.
        bool const expected = code_of(not_found) == errc::resolve_failed || code_of(not_found) == errc::connect_timeout;
        CHECK(expected);
    });
    h.run();
}

// The server's API.

#include "../raw_client.hpp"

#include <aisle/error.hpp>

#include <catch2/catch.hpp>

#include <thread>

using namespace aisle;
using namespace aisle::test;

TEST_CASE("Options out of range are refused with the reason") {
    auto const refused = [](auto change) {
        playground::server_options options;
        change(options);
        try {
            playground::server const server(options);
        } catch (exception const& e) {
            CHECK(e.why().code == errc::invalid_argument);
            return !e.why().text.empty();
        }
        return false;
    };
    CHECK(refused([](auto& o) { o.targets = 0; }));
    CHECK(refused([](auto& o) { o.targets = 65; }));
    CHECK(refused([](auto& o) { o.threads = 0; }));
    CHECK(refused([](auto& o) { o.root = "/no/such/folder"; }));
    CHECK(refused([](auto& o) { o.tail_delay = std::chrono::milliseconds(-1); }));
    CHECK(refused([](auto& o) { o.made_up = playground::synthetic{.bucket = "a b", .count = 1, .size = 1}; }));
    CHECK(refused([](auto& o) { o.made_up = playground::synthetic{.count = 100'000'001, .size = 1}; }));
}

TEST_CASE("A port in use, or an address of another machine, is an error at start") {
    playground::server first({});
    first.start();
    playground::server second({.port = first.port()});
    CHECK_THROWS_AS(second.start(), exception);
    playground::server elsewhere({.host = "203.0.113.1"});
    CHECK_THROWS_AS(elsewhere.start(), exception);
    playground::server nowhere({.host = "no.such.host.invalid"});
    CHECK_THROWS_AS(nowhere.start(), exception);
}

TEST_CASE("Health, cluster map and configuration have the fields that clients read") {
    cluster_under_test home({.targets = 5});
    CHECK(home.target_ports.size() == 5);
    auto const health = ask(home.url("/v1/health"));
    CHECK(health.status == 200);
    CHECK(!health.field("Ais-Cluster-Uptime").empty());
    auto const map = ask(home.url("/v1/cluster?what=smap")).body;
    CHECK(map.find(R"("direct_url":")" + home.server.endpoint() + "\"") != std::string::npos);
    CHECK(map.find(R"("version":"6")") != std::string::npos);
    auto const target = "http://127.0.0.1:" + std::to_string(home.target_ports[2]);
    CHECK(ask(target + "/v1/daemon?what=smap").body == map);
    CHECK(ask(target + "/v1/health").status == 200);
    auto const config = ask(home.url("/v1/cluster?what=cluster_config")).body;
    CHECK(config.find(R"("max_soft_errs":8)") != std::string::npos);
    CHECK(config.find(R"("max_wait":"20s")") != std::string::npos);
    CHECK(ask(home.url("/v1/cluster?what=frob")).status == 400);
    CHECK(ask(home.url("/v1/frob")).status == 400);
    CHECK(ask(home.url("/")).status == 400);
}

TEST_CASE("Stopping ends running responses, quickly, and may be repeated") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 1, .size = std::uint64_t{1} << 40};
    cluster_under_test home(options);
    std::string const json = R"({"in":[{"objname":"sample-00000000"}],"strm":true})";
    auto const location = home.redirect_to(0, "synthetic", json);
    raw_connection connection(home.target_ports[0]);
    connection.send(request_text(location.substr(location.find("/v1")), {.body = json}));
    raw_connection const idle(home.server.port());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    auto const begun = std::chrono::steady_clock::now();
    home.server.stop();
    home.server.stop();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}

TEST_CASE("Many threads send the right content to many clients") {
    playground::server_options options;
    options.threads = 3;
    options.made_up = playground::synthetic{.count = 1000, .size = 5000};
    cluster_under_test home(options);
    std::vector<std::thread> clients;
    std::atomic<int> good{0};
    for (unsigned c = 0; c < 6; ++c) {
        clients.emplace_back([&home, &good, c] {
            // No Catch assertions here: they are for one thread.
            for (unsigned round = 0; round < 20; ++round) {
                auto const index = (c * 131 + round * 17) % 1000;
                auto const answer = home.batch(
                    "synthetic", R"({"in":[{"objname":")" + playground::synthetic_name(index) + R"("}],"strm":true})");
                auto const members = members_of(answer.body);
                if (members.size() == 1 &&
                    playground::is_synthetic(index, 0, std::as_bytes(std::span(members[0].data.data(), 5000))))
                    ++good;
            }
        });
    }
    for (auto& client : clients) client.join();
    CHECK(good == 120);
    auto const stats = home.server.stats();
    CHECK(stats.batches == 120);
    CHECK(stats.redirects == 120);
    CHECK(stats.bytes_sent > 120 * 5000);
}

TEST_CASE("The same seed gives the same random choices") {
    auto const run = [] {
        playground::server_options options;
        options.seed = 7;
        options.made_up = playground::synthetic{.count = 1, .size = 1};
        cluster_under_test home(options);
        std::string chosen;
        for (int i = 0; i < 12; ++i) {
            auto const location =
                ask(home.url("/v1/ml/moss/synthetic"), {.body = R"({"in":[{"objname":"sample-00000000"}]})"})
                    .location();
            for (std::size_t t = 0; t < home.target_ports.size(); ++t) {
                if (location.find(":" + std::to_string(home.target_ports[t]) + "/") != std::string::npos)
                    chosen += static_cast<char>('0' + t);
            }
        }
        return chosen;
    };
    CHECK(run() == run());
}

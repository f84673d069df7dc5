// Nodes on several addresses of this machine.

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string host_of(std::string const& url) {
    return url.substr(7, url.find(':', 7) - 7);
}

std::size_t count_of(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++count;
    return count;
}

}  // namespace

TEST_CASE("Each target has its own address, in the map and in redirects") {
    cluster_under_test home({.target_hosts = {"127.0.0.2", "127.0.0.3"}});
    REQUIRE(home.target_urls.size() == 2);
    CHECK(host_of(home.target_urls[0]) == "127.0.0.2");
    CHECK(host_of(home.target_urls[1]) == "127.0.0.3");
    auto const map = ask(home.url("/v1/daemon?what=smap")).body;
    for (auto const& target : home.server.targets()) {
        CHECK(map.find("\"" + target.id + "\":{\"public_net\":") != std::string::npos);
        CHECK(map.find("\"direct_url\":\"" + target.url + "\"") != std::string::npos);
    }
    CHECK(map.find("\"node_ip_addr\":\"127.0.0.3\"") != std::string::npos);
    home.create("b");
    home.put("b", "l", "local");
    home.put("b", "r", "remote");
    CHECK(host_of(ask(home.url("/v1/objects/b/l")).location()) == "127.0.0.2");
    CHECK(host_of(ask(home.url("/v1/objects/b/r")).location()) == "127.0.0.3");
    std::string const json = R"({"in":[{"objname":"l"},{"objname":"r"}],"strm":true})";
    for (unsigned target : {0u, 1u}) CHECK(names_of(home.batch_by(target, "b", json).body) == "b/l b/r");
    // Nothing listens on the first target's port at another address.
    auto elsewhere = home.target_urls[0];
    elsewhere.replace(7, 9, "127.0.0.4");
    CHECK_THROWS(ask(elsewhere + "/v1/health"));
}

TEST_CASE("Every proxy responds, and the map has all of them and the primary") {
    cluster_under_test home({.proxy_hosts = {"127.0.0.1", "127.0.0.1", "127.0.0.9"}});
    auto const proxies = home.server.proxies();
    REQUIRE(proxies.size() == 3);
    CHECK(home.server.endpoint() == proxies[0].url);
    CHECK(host_of(proxies[2].url) == "127.0.0.9");
    auto const map = ask(home.url("/v1/daemon?what=smap")).body;
    CHECK(count_of(map, "\"daemon_type\":\"proxy\"") == 4);  // the primary twice
    CHECK(map.find("\"proxy_si\":{\"public_net\":{\"node_ip_addr\":\"127.0.0.1\",\"daemon_port\":\"" +
                   std::to_string(home.server.port()) + "\"") != std::string::npos);
    CHECK(map.find(R"("version":"6")") != std::string::npos);
    home.create("b");
    home.put("b", "l", "x");
    for (auto const& proxy : proxies) {
        auto const redirected = ask(proxy.url + "/v1/objects/b/l");
        CHECK(redirected.location().find("pid=" + proxy.id) != std::string::npos);
        CHECK(ask(redirected.location()).body == "x");
        CHECK(ask(proxy.url + "/v1/objects/no/l").body.find("\"node\":\"p[" + proxy.id + "]\"") != std::string::npos);
        CHECK(names_of(ask_on(proxy.url + "/v1/ml/moss/b", {.body = R"({"in":[{"objname":"l"}],"strm":true})"}).body) ==
              "b/l");
    }
}

TEST_CASE("An address of another machine is an error at start") {
    playground::server elsewhere({.target_hosts = {"127.0.0.1", "203.0.113.1"}});
    CHECK_THROWS(elsewhere.start());
}

#include <aisle/codec/json/cluster_map.hpp>

#include <catch2/catch.hpp>

#include <random>

using namespace aisle;
using namespace aisle::codec;

namespace {

std::string net(std::string const& url) {
    return R"({"node_ip_addr":"10.0.0.1","daemon_port":"1","direct_url":")" + url + R"("})";
}

std::string node(std::string const& id, std::string const& host, std::uint64_t flags) {
    return R"({"public_net":)" + net("http://" + host + ":51080") + R"(,"intra_data_net":)" +
           net("http://" + host + ":51082") + R"(,"intra_control_net":)" + net("http://" + host + ":51081") +
           R"(,"daemon_type":"target","daemon_id":")" + id + R"(","flags":)" + std::to_string(flags) +
           R"(,"id_digest":17614230014193014483})";
}

std::string map_of(std::string const& proxies, std::string const& primary, std::string const& targets,
                   std::string const& version = R"("72")") {
    return R"({"ext":{"x":[1,{}]},"pmap":)" + proxies + R"(,"proxy_si":)" + primary + R"(,"tmap":)" + targets +
           R"(,"uuid":"LGuXoP2kB","creation_time":"2026-08-21 10:00:00","version":)" + version + "}";
}

// In the form of AIStore 5.0: three addresses per node, the version in quotes, flags as a number.
std::string good_map() {
    return map_of("{\"p2\":" + node("p2", "10.0.0.2", 2) + ",\"p1\":" + node("p1", "10.0.0.1", 0) + "}",
                  node("p1", "10.0.0.1", 2),
                  "{\"t1\":" + node("t1", "10.0.1.1", 0) + ",\"t2\":" + node("t2", "10.0.1.2", 4) +
                      ",\"t3\":" + node("t3", "10.0.1.3", 8) + ",\"t4\":" + node("t4", "10.0.1.4", 3) + "}");
}

// In a buffer of the text's exact size, so that AddressSanitizer detects reads beyond it.
result<cluster_map> read_exact(std::string_view json) {
    std::string copy(json);
    copy.shrink_to_fit();
    return read_cluster_map(std::move(copy));
}

void check_refused(std::string const& json) {
    INFO(json);
    auto const map = read_exact(json);
    REQUIRE(map.has_error());
    CHECK(map.error().code == errc::bad_metadata);
    CHECK(map.error().where == stage::metadata);
    CHECK_FALSE(map.error().text.empty());
}

}  // namespace

TEST_CASE("a cluster map lists the nodes and their addresses") {
    auto const map = read_exact(good_map()).value();
    CHECK(map.version == 72);
    CHECK(map.uuid == "LGuXoP2kB");
    CHECK(map.primary_url == "http://10.0.0.1:51080");
    REQUIRE(map.proxies.size() == 2);
    CHECK(map.proxies[0].id == "p1");
    CHECK(map.proxies[1].url == "http://10.0.0.2:51080");
    REQUIRE(map.targets.size() == 4);
    CHECK(map.targets[2].id == "t3");
    CHECK(map.targets[2].url == "http://10.0.1.3:51080");
    CHECK(map.targets[2].other_urls == std::vector<std::string>{"http://10.0.1.3:51082", "http://10.0.1.3:51081"});
}

TEST_CASE("nodes in maintenance or decommission are out of service; other flags do not matter") {
    auto const map = read_exact(good_map()).value();
    CHECK_FALSE(map.proxies[1].out_of_service);
    CHECK_FALSE(map.targets[0].out_of_service);
    CHECK(map.targets[1].out_of_service);
    CHECK(map.targets[2].out_of_service);
    CHECK_FALSE(map.targets[3].out_of_service);
}

TEST_CASE("each address is listed once, including additional public ones") {
    auto const one = R"({"intra_control_net":)" + net("http://h:1") + R"(,"public_net":)" + net("http://h:1") +
                     R"(,"intra_data_net":)" + net("http://h:2") + R"(,"pub_extra":[)" + net("http://h:3") + "," +
                     net("http://h:2") + R"(],"flags":0})";
    auto const map = read_exact(map_of("null", one, "{\"t\":" + one + "}")).value();
    CHECK(map.proxies.empty());
    CHECK(map.targets.at(0).url == "http://h:1");
    CHECK(map.targets.at(0).other_urls == std::vector<std::string>{"http://h:2", "http://h:3"});
}

TEST_CASE("JSON that is not a cluster map is rejected with a message") {
    auto const p = node("p", "h", 0);
    auto const some = "{\"p\":" + p + "}";
    REQUIRE(read_exact(map_of(some, p, some)).has_value());
    for (auto const* bad : {"", " ", "null", "[]", "7", "{}", "{\"pmap\":{}", R"({"pmap":{},"tmap":{}})"})
        check_refused(bad);
    check_refused(good_map() + "{}");
    check_refused(map_of("[]", p, some));
    check_refused(map_of(some, p, "{\"t\":null}"));
    check_refused(map_of(some, p, "{\"\":" + p + "}"));
    check_refused(map_of(some, p, "{\"t\":" + p + ",\"t\":" + p + "}"));
    check_refused(map_of(some, p, "{\"t\":{}}"));
    check_refused(map_of(some, p, R"({"t":{"public_net":null}})"));
    check_refused(map_of(some, p, R"({"t":{"public_net":{"direct_url":7}}})"));
    check_refused(map_of(some, "null", some));
    check_refused(map_of(some, "{}", some));
    for (auto const* version : {"72", "\"\"", "\"7x\"", "\"-1\"", "\" 7\"", "\"99999999999999999999\"", "null"})
        check_refused(map_of(some, p, some, version));
}

TEST_CASE("a corrupted cluster map is parsed as a different map or rejected, without crashing") {
    std::mt19937 random(11);
    auto const good = good_map();
    for (std::size_t cut = 0; cut < good.size(); ++cut) check_refused(good.substr(0, cut));
    std::string_view const spoilers = "\"{}[]:,0\\ne\xff";
    for (int round = 0; round < 20'000; ++round) {
        auto bad = good;
        for (auto n = 1 + random() % 4; n > 0; --n) {
            auto const at = random() % bad.size();
            switch (random() % 3) {
                case 0: bad[at] = static_cast<char>(random()); break;
                case 1: bad[at] = spoilers[random() % spoilers.size()]; break;
                default: bad.erase(at, 1 + random() % 20);
            }
        }
        auto const map = read_exact(bad);
        if (map) {
            for (auto const& t : map->targets) REQUIRE_FALSE(t.url.empty());
        } else {
            REQUIRE(map.error().code == errc::bad_metadata);
            REQUIRE(map.error().where == stage::metadata);
        }
    }
}

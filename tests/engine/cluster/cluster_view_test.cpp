#include <aisle/http/url.hpp>

#include <catch2/catch.hpp>

#include <cluster/cluster_view.hpp>

using namespace aisle;
using namespace std::chrono_literals;
using detail::cluster_view;

namespace {

cluster_view::time_point at(std::chrono::milliseconds since) {
    return cluster_view::time_point{} + 1h + since;
}

codec::cluster_node node(std::string const& id, bool out_of_service = false) {
    return {id, "http://" + id + ":8081", {"http://" + id + "-intra:8082"}, out_of_service};
}

codec::cluster_map map_of(std::uint64_t version, std::vector<codec::cluster_node> targets) {
    return {version, "uuid", "http://p2:8081", {node("p1"), node("p2"), node("p3", true)}, std::move(targets)};
}

}  // namespace

TEST_CASE("before the first map nothing is known and a fetch is wanted") {
    cluster_view view;
    CHECK_FALSE(view.known());
    CHECK_FALSE(view.knows("t1:8081"));
    CHECK(view.may_fetch(at(0s)));
    CHECK_FALSE(view.missing_is_uncertain(at(0s)));
    CHECK(view.targets() == 0);
    CHECK(view.proxy_urls().empty());
}

TEST_CASE("fetches keep an interval of a quarter of a second, failed ones too") {
    cluster_view view;
    CHECK(view.next_fetch() <= at(0s));
    view.map_requested(at(0s));
    CHECK_FALSE(view.may_fetch(at(249ms)));
    CHECK(view.may_fetch(at(250ms)));
    CHECK(view.next_fetch() == at(250ms));
    view.learn(map_of(1, {node("t1")}), at(2s));
    CHECK_FALSE(view.may_fetch(at(2249ms)));
    CHECK(view.may_fetch(at(2250ms)));
    CHECK(view.next_fetch() == at(2250ms));
}

TEST_CASE("every address of every node is known, and nothing else") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2", true)}), at(0s));
    CHECK(view.known());
    for (auto const* address : {"t1:8081", "t1-intra:8082", "t2:8081", "p1:8081", "p3-intra:8082"})
        CHECK(view.knows(address));
    for (auto const* address : {"", "t1", "t1:80", "t3:8081", "http://t1:8081", "T1:8081"})
        CHECK_FALSE(view.knows(address));
    CHECK(view.targets() == 1);
}

TEST_CASE("addresses are compared as a client parses them, and invalid ones are skipped") {
    cluster_view view;
    auto map = map_of(1, {node("t1")});
    map.targets[0].url = "http://[FE80::1]:8081/";
    map.targets[0].other_urls = {"http://Name", "ftp://t1:1", "", "http://a b:1"};
    view.learn(std::move(map), at(0s));
    CHECK(view.knows("[fe80::1]:8081"));
    CHECK(view.knows("name:80"));
    CHECK_FALSE(view.knows("t1:1"));
}

TEST_CASE("nodes are known by any spelling of their address, and by host names") {
    cluster_view view;
    auto map = map_of(1, {node("t1"), node("t2"), node("t3")});
    map.targets[0].url = "http://[0:0:0:0:0:0:0:1]:8081";
    map.targets[1].url = "http://node-1.k8s.local:8081";
    map.targets[2].url = "http://127.0.0.2.nip.example:8081";
    view.learn(std::move(map), at(0s));
    for (auto const* text : {"http://[::1]:8081", "http://[0:0::1]:8081", "http://Node-1.K8s.Local:8081",
                             "http://127.0.0.2.nip.example:8081"})
        CHECK(view.knows(http::parse_url(text).value().authority()));
    CHECK_FALSE(view.knows(http::parse_url("http://127.0.0.2:8081").value().authority()));
    CHECK_FALSE(view.knows(http::parse_url("http://[::2]:8081").value().authority()));
}

TEST_CASE("nodes of the previous map are known until the nodes change again") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(2, {node("t1")}), at(2s));
    view.learn(map_of(2, {node("t1")}), at(4s));
    CHECK(view.knows("t2:8081"));
    view.learn(map_of(3, {node("t1"), node("t3")}), at(6s));
    CHECK_FALSE(view.knows("t2:8081"));
}

TEST_CASE("a node has left if the previous map named it and this one does not") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    CHECK_FALSE(view.has_left("t2:8081"));
    view.learn(map_of(2, {node("t1")}), at(2s));
    CHECK(view.has_left("t2:8081"));
    CHECK(view.has_left("t2-intra:8082"));
    CHECK_FALSE(view.has_left("t1:8081"));
    CHECK_FALSE(view.has_left("t3:8081"));
    view.learn(map_of(3, {node("t1"), node("t2")}), at(4s));
    CHECK_FALSE(view.has_left("t2:8081"));
}

TEST_CASE("a target is in service if the newest map names it without a flag to the contrary") {
    cluster_view view;
    CHECK_FALSE(view.is_in_service("t1:8081"));
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    CHECK(view.is_in_service("t1:8081"));
    CHECK(view.is_in_service("t1-intra:8082"));
    CHECK_FALSE(view.is_in_service("p1:8081"));
    view.learn(map_of(2, {node("t1", true)}), at(2s));
    CHECK_FALSE(view.is_in_service("t1:8081"));
    CHECK_FALSE(view.is_in_service("t2:8081"));
}

TEST_CASE("an id leads to its node's public address, as redirects name it") {
    cluster_view view;
    CHECK(view.address_of("t1").empty());
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    CHECK(view.address_of("t2") == "t2:8081");
    CHECK(view.address_of("p1") == "p1:8081");
    CHECK(view.address_of("t3").empty());
}

TEST_CASE("missing is final in a cluster that has not changed") {
    cluster_view view;
    view.learn(map_of(7, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(7, {node("t1"), node("t2")}), at(10s));
    CHECK_FALSE(view.missing_is_uncertain(at(0s)));
    CHECK_FALSE(view.missing_is_uncertain(at(10s)));
}

TEST_CASE("missing is uncertain for 90 seconds after a map change, even if all targets are back") {
    cluster_view view;
    view.learn(map_of(7, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(9, {node("t1"), node("t2")}), at(10s));
    CHECK(view.missing_is_uncertain(at(10s)));
    CHECK(view.missing_is_uncertain(at(99s)));
    CHECK_FALSE(view.missing_is_uncertain(at(100s)));
    view.learn(map_of(10, {node("t1"), node("t2"), node("t3")}), at(200s));
    CHECK(view.missing_is_uncertain(at(289s)));
    CHECK_FALSE(view.missing_is_uncertain(at(290s)));
}

TEST_CASE("missing is uncertain for five minutes while a target is lost or out of service") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(2, {node("t1")}), at(1s));
    CHECK(view.missing_is_uncertain(at(300s)));
    CHECK_FALSE(view.missing_is_uncertain(at(301s)));
    cluster_view other;
    other.learn(map_of(1, {node("t1"), node("t2", true)}), at(0s));
    CHECK(other.missing_is_uncertain(at(299s)));
    CHECK_FALSE(other.missing_is_uncertain(at(300s)));
}

TEST_CASE("a target that is back ends the uncertainty after 90 seconds") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(2, {node("t1")}), at(1s));
    view.learn(map_of(3, {node("t1"), node("t2")}), at(20s));
    CHECK(view.missing_is_uncertain(at(109s)));
    CHECK_FALSE(view.missing_is_uncertain(at(110s)));
}

TEST_CASE("each change of a cluster that lacks a target restarts the five minutes") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2"), node("t3")}), at(0s));
    view.learn(map_of(2, {node("t1"), node("t2")}), at(1s));
    view.learn(map_of(3, {node("t1")}), at(200s));
    view.learn(map_of(3, {node("t1")}), at(250s));
    CHECK(view.missing_is_uncertain(at(499s)));
    CHECK_FALSE(view.missing_is_uncertain(at(500s)));
}

TEST_CASE("a cluster that was shrunk on purpose counts as complete after five minutes") {
    cluster_view view;
    view.learn(map_of(1, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(2, {node("t1")}), at(1s));
    view.learn(map_of(3, {node("t1")}), at(2h));
    CHECK(view.missing_is_uncertain(at(2h + 89s)));
    CHECK_FALSE(view.missing_is_uncertain(at(2h + 90s)));
}

TEST_CASE("an older map of the same cluster is ignored") {
    cluster_view view;
    view.learn(map_of(5, {node("t1"), node("t2")}), at(0s));
    view.learn(map_of(4, {node("t1")}), at(2s));
    CHECK(view.targets() == 2);
    CHECK_FALSE(view.missing_is_uncertain(at(2s)));
    CHECK_FALSE(view.may_fetch(at(2s)));
}

TEST_CASE("another cluster resets everything") {
    cluster_view view;
    view.learn(map_of(5, {node("t1"), node("t2")}), at(0s));
    auto other = map_of(2, {node("u1")});
    other.uuid = "other";
    view.learn(std::move(other), at(2s));
    CHECK(view.targets() == 1);
    CHECK(view.knows("u1:8081"));
    CHECK_FALSE(view.knows("t1:8081"));
    CHECK_FALSE(view.missing_is_uncertain(at(2s)));
}

TEST_CASE("the primary is the first proxy; those out of service are omitted") {
    cluster_view view;
    view.learn(map_of(1, {node("t1")}), at(0s));
    CHECK(view.proxy_urls() == std::vector<std::string>{"http://p2:8081", "http://p1:8081"});
}

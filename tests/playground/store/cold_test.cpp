// Buckets with a backend: which objects are cold, and what fetches them.

#include "../raw_client.hpp"
#include "support/soon.hpp"
#include "support/tar_builder.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace aisle;
using namespace aisle::test;

namespace {

struct with_cold : cluster_under_test {
    explicit with_cold(playground::server_options options = {}) : cluster_under_test(with_bucket(std::move(options))) {}
    static playground::server_options with_bucket(playground::server_options options) {
        options.cold = {"s3:b"};
        return options;
    }
    void keep(std::string const& name, std::string const& data) {
        auto const path = "/v1/objects/b/" + name + "?provider=s3";
        auto const redirected = ask(url(path), {.method = "PUT"});
        REQUIRE(ask(redirected.location(), {.method = "PUT", .body = data}).status == 200);
    }
    raw_answer get(std::string const& name, std::string const& more = "", std::string const& fields = "") {
        return ask_on(url("/v1/objects/b/" + name + "?provider=s3" + more), {.fields = fields});
    }
    std::string batch_names(std::string const& name, std::string const& more = "") {
        auto const json = R"({"in":[{"objname":")" + name + "\"" + more + R"(}],"strm":true,"coer":true})";
        return names_of(ask_on(url("/v1/ml/moss/b?provider=s3"), {.body = json}).body);
    }
};

}  // namespace

TEST_CASE("A cold object is missing in Get-Batch until a plain GET fetches it") {
    with_cold home;
    for (auto const* name : {"l", "r"}) home.keep(name, "0123456789");
    CHECK(home.batch_names("l") == "b/l");  // what is PUT is warm
    CHECK(home.server.evict("s3://b"));
    for (auto const* name : {"l", "r"}) {
        CHECK(home.batch_names(name) == std::string("__404__/b/") + name);
        CHECK(home.get(name).body == "0123456789");
        CHECK(home.batch_names(name) == std::string("b/") + name);
    }
    CHECK(home.get("none").status == 404);
    CHECK(!home.server.evict("ais://other"));
}

TEST_CASE("A GET of a range or a member fetches the whole cold object") {
    with_cold home;
    tar_block_builder const member{.name = "m", .size = "00000000006"};
    home.keep("r.tar", member.bytes() + "member" + std::string(506 + 1024, '\0'));
    home.keep("r", "0123456789");
    home.server.evict("s3:b");
    CHECK(home.get("r", "", "Range: bytes=2-3\r\n").body == "23");
    CHECK(home.batch_names("r") == "b/r");
    // It includes the member's name only if another target responds.
    CHECK(home.batch_names("r.tar", R"(,"archpath":"m")").starts_with("__404__/b/r.tar"));
    CHECK(home.get("r.tar", "&archpath=m").body == "member");
    CHECK(home.batch_names("r.tar", R"(,"archpath":"m")") == "b/r.tar/m");
}

TEST_CASE("HEAD and listings show which objects are in the cluster, and fetch none") {
    with_cold home;
    home.keep("r", "0123456789");
    auto const head = [&] { return ask_on(home.url("/v1/objects/b/r?provider=s3"), {.method = "HEAD"}); };
    auto const listing = [&] {
        return ask(home.url("/v1/buckets/b?provider=s3"), {.body = R"({"action":"list","value":{}})"}).body;
    };
    CHECK(head().field("Ais-Present") == "true");
    CHECK(listing().find(R"("flags":64})") != std::string::npos);
    auto const evicted = ask(ask(home.url("/v1/objects/b/r?provider=s3"), {.method = "DELETE"}).location(),
                             {.method = "DELETE", .body = R"({"action":"evict-listrange","name":"b/r"})"});
    CHECK(evicted.status == 200);
    CHECK(head().status == 200);
    CHECK(head().field("Ais-Present") == "false");
    CHECK(head().field("Content-Length") == "10");
    CHECK(listing().find(R"({"name":"r","size":"10","flags":0})") != std::string::npos);
    CHECK(home.batch_names("r") == "__404__/b/r");
    auto const got = home.get("r");
    CHECK(!got.field("Etag").empty());
    CHECK(got.field("Ais-Custom-Md") == "ETag=" + got.field("Etag"));
    CHECK(got.field("Ais-Version").empty());
    CHECK(home.get("r").field("Etag") == got.field("Etag"));
}

TEST_CASE("An ais bucket has its backend in its properties, other buckets have none") {
    cluster_under_test home({.cold = {"ais://front", "gs://b"}});
    home.create("plain");
    auto const props = [&](std::string const& bucket) {
        return ask(home.url("/v1/buckets/" + bucket), {.method = "HEAD"}).field("Ais-Bucket-Props");
    };
    CHECK(props("front?provider=ais").find(R"("backend_bck":{"name":"front","provider":"aws")") != std::string::npos);
    CHECK(props("b?provider=gs").find(R"("backend_bck":{"name":"","provider":"")") != std::string::npos);
    CHECK(props("plain?provider=ais").find(R"("backend_bck":{"name":"","provider":"")") != std::string::npos);
    home.put("front", "l", "x");
    CHECK(home.server.evict("ais://front"));
    std::string const json = R"({"in":[{"objname":"l"}],"strm":true,"coer":true})";
    CHECK(names_of(home.batch("front", json).body) == "__404__/front/l");
    CHECK(ask_on(home.url("/v1/objects/front/l")).body == "x");
    CHECK(names_of(home.batch("front", json).body) == "front/l");
}

TEST_CASE("A cold GET takes the configured time, a warm one does not") {
    with_cold home({.cold_latency = std::chrono::milliseconds(500)});
    home.keep("r", "x");
    home.server.evict("s3:b");
    auto const time_of = [&] {
        auto const begun = std::chrono::steady_clock::now();
        CHECK(home.get("r").body == "x");
        return std::chrono::steady_clock::now() - begun;
    };
    CHECK(time_of() >= std::chrono::milliseconds(500));
    CHECK(soon([&] { return time_of() < std::chrono::milliseconds(500); }));
}

TEST_CASE("A synthetic bucket can be cold") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 10, .size = 100};
    options.cold = {"ais://synthetic"};
    cluster_under_test home(options);
    std::string const json = R"({"in":[{"objname":"sample-00000003"}],"strm":true,"coer":true})";
    CHECK(names_of(home.batch("synthetic", json).body) == "__404__/synthetic/sample-00000003");
    CHECK(ask_on(home.url("/v1/objects/synthetic/sample-00000003")).body.size() == 100);
    CHECK(names_of(home.batch("synthetic", json).body) == "synthetic/sample-00000003");
}

TEST_CASE("A cold bucket that does not exist is refused") {
    CHECK_THROWS(playground::server({.cold = {"zz://b"}}));
    CHECK_THROWS(playground::server({.cold = {"s3:a b"}}));
}

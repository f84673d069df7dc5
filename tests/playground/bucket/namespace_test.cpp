// Buckets in namespaces, of remote clusters and of other providers, from requests to Get-Batch.

#include "../archives.hpp"
#include "support/shell.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

struct many_buckets : cluster_under_test {
    explicit many_buckets(playground::server_options o = options()) : cluster_under_test(std::move(o)) {}

    static playground::server_options options() {
        playground::server_options o;
        o.buckets = {"ais://b", "s3://b", "ais://@uuid#n/b", "ais://@uuid/b"};
        return o;
    }

    // query: "provider=..&namespace=.."
    raw_answer put_to(std::string const& query, std::string const& name, std::string const& data) {
        auto const first = ask(url("/v1/objects/b/" + name + "?" + query), {.method = "PUT"});
        return first.status == 307 ? ask(first.location(), {.method = "PUT", .body = data}) : first;
    }
    raw_answer create_in(std::string const& query) {
        return ask(url("/v1/buckets/b?" + query), {.method = "POST", .body = R"({"action":"create-bck"})"});
    }
    raw_answer batch_in(std::string const& query, std::string const& json) {
        return ask_on(url("/v1/ml/moss/b?" + query), {.body = json});
    }
};

constexpr auto in_n = "provider=ais&namespace=%23n";
constexpr auto in_remote = "provider=ais&namespace=%40uuid%23n";
constexpr auto one = R"({"in":[{"objname":"o"}],"strm":true})";

}  // namespace

TEST_CASE("a bucket in a namespace is created, filled, listed and read with the query parameter") {
    many_buckets home;
    CHECK(home.batch_in(in_n, one).status == 404);
    CHECK(home.create_in(in_n).status == 200);
    CHECK(home.create_in(in_n).status == 409);
    CHECK(home.put_to(in_n, "o", "in namespace").status == 200);
    CHECK(home.put_to("provider=ais", "o", "global").status == 200);
    CHECK(ask(ask(home.url("/v1/objects/b/o?" + std::string(in_n))).location()).body == "in namespace");
    // Member names have the bucket's name only.
    CHECK(members_of(home.batch_in(in_n, one).body) == std::vector<raw_member>{{"b/o", "in namespace"}});
    CHECK(members_of(home.batch_in("provider=ais", one).body) == std::vector<raw_member>{{"b/o", "global"}});
    CHECK(members_of(home.batch_in("provider=ais&namespace=%40%23", one).body) ==
          std::vector<raw_member>{{"b/o", "global"}});
    auto const listed = ask(home.url("/v1/buckets/b?" + std::string(in_n)), {.body = R"({"action":"list"})"});
    CHECK(listed.body.find("\"size\":\"12\"") != std::string::npos);
    CHECK(
        ask(home.url("/v1/buckets/b?" + std::string(in_n)), {.method = "DELETE", .body = R"({"action":"destroy-bck"})"})
            .status == 200);
    CHECK(home.batch_in(in_n, one).status == 404);
    CHECK(home.batch_in("provider=ais", one).status == 200);
}

TEST_CASE("entries name namespaces by uname, and without a bucket mean that of the URL") {
    many_buckets home;
    home.put_to("provider=ais", "o", "global");
    home.put_to(in_remote, "o", "remote");
    home.put_to("provider=s3", "o", "cloud");
    auto const json =
        std::string(R"({"in":[{"objname":"o"},{"objname":"o","bucket":"b"},{"objname":"o","uname":"ais/@uuid#n/b/"},)"
                    R"({"objname":"o","uname":"ais/@#/b/"},{"objname":"o","uname":"aws/@#/b/"},)"
                    R"({"objname":"o","bucket":"b","provider":"aws"},{"objname":"o","bucket":"b","provider":"s3"},)"
                    R"({"objname":"o","provider":"s3"}],"onob":true,"strm":)");
    auto const expected = [](std::string const& own) {
        std::vector<raw_member> all;
        for (std::string const& data : {own, std::string("global"), std::string("remote"), std::string("global"),
                                        std::string("cloud"), std::string("cloud"), std::string("cloud"), own})
            all.push_back({"o", data});
        return all;
    };
    CHECK(members_of(home.batch_in("provider=ais", json + "true}").body) == expected("global"));
    CHECK(members_of(home.batch_in(in_remote, json + "true}").body) == expected("remote"));
    CHECK(members_of(home.batch_in("provider=s3", json + "true}").body) == expected("cloud"));
    // Target 1 owns the object: it writes the provider's full name itself; others write the requested one.
    for (unsigned const target : {0u, 1u}) {
        auto const location = home.redirect_to(target, "b", json + "false}");
        auto const parts = parts_of(ask(location, {.body = json + "false}"}));
        std::string providers;
        for (auto const& out : codec::read_metadata(parts.metadata).value().out) {
            CHECK(out.bucket == "b");
            providers += out.provider + ",";
        }
        CHECK(providers == (target == 1 ? "ais,ais,ais,ais,aws,aws,aws,ais," : ",,,,,aws,s3,s3,"));
    }
}

TEST_CASE("errors for missing objects and buckets have AIStore's text") {
    many_buckets home;
    struct row {
        char const* query;
        int status;
        char const* words;
    };
    for (auto const& [query, status, words] :
         {row{"provider=ais&namespace=%23other", 404, "bucket \\\"ais://#other/b\\\" does not exist"},
          row{"provider=ais&namespace=%40nobody", 404, "ErrFailedTo"},
          row{"provider=ais&namespace=%40uuid%23other", 404, "bucket \\\"ais://@uuid#other/b\\\" does not exist"},
          row{"provider=gs", 404, "ErrFailedTo"}, row{"provider=s3&namespace=%23n", 404, "ErrRemoteBckNotFound"},
          row{"provider=ht", 400, "ErrInvalidBackendProvider"},
          row{"provider=ais&namespace=%23a%2Fb", 400, "namespace"}}) {
        INFO(query);
        for (auto const& answer :
             {home.batch_in(query, one), home.put_to(query, "o", "x"),
              ask(home.url("/v1/buckets/b?" + std::string(query)), {.body = R"({"action":"list"})"})}) {
            CHECK(answer.status == status);
            CHECK(answer.body.find(words) != std::string::npos);
        }
    }
    CHECK(home.create_in("provider=s3").status == 400);
    CHECK(home.create_in("provider=ais&namespace=%40nobody").status == 404);
    CHECK(home.create_in("provider=ais&namespace=%40uuid%23third").status == 200);
    CHECK(home.create_in("provider=ais&namespace=a%20b").status == 400);
}

TEST_CASE("buckets are listed with provider and namespace") {
    many_buckets home;
    auto const listed = [&](std::string const& query) {
        auto const body = ask(home.url("/v1/buckets?" + query), {.body = R"({"action":"list"})"}).body;
        std::string spaces;
        for (std::size_t at = 0; (at = body.find("\"provider\":", at)) != std::string::npos; ++at)
            spaces += body.substr(at + 11, body.find("}}", at) - at - 11) + "\n";
        return spaces;
    };
    constexpr auto ais = "\"ais\",\"namespace\":{\"uuid\":\"\",\"name\":\"\"\n";
    constexpr auto aws = "\"aws\",\"namespace\":{\"uuid\":\"\",\"name\":\"\"\n";
    constexpr auto remote = "\"ais\",\"namespace\":{\"uuid\":\"uuid\",\"name\":\"\"\n";
    constexpr auto remote_n = "\"ais\",\"namespace\":{\"uuid\":\"uuid\",\"name\":\"n\"\n";
    CHECK(listed("provider=ais") == ais);
    CHECK(listed("provider=s3") == aws);
    CHECK(listed("") == std::string(ais) + aws);
    CHECK(listed("namespace=%40") == std::string(remote) + remote_n);
    CHECK(listed("namespace=%40uuid") == std::string(remote) + remote_n);
    CHECK(listed("namespace=%40uuid%23n") == remote_n);
}

TEST_CASE("a folder may contain buckets of namespaces and of other providers") {
    temporary_folder const root;
    for (auto const* name : {"b", "s3:b", "#n/b", "@uuid#n/b"}) {
        std::filesystem::create_directories(root.path() / name);
        root.write(std::string(name) + "/o", name);
    }
    playground::server_options options;
    options.root = root.path();
    options.buckets = {"gs://made"};
    many_buckets home(options);
    CHECK(std::filesystem::is_directory(root.path() / "gs:made"));
    struct row {
        char const* query;
        char const* data;
    };
    for (auto const& [query, data] :
         {row{"provider=ais", "b"}, row{"provider=aws", "s3:b"}, row{in_n, "#n/b"}, row{in_remote, "@uuid#n/b"}})
        CHECK(members_of(home.batch_in(query, one).body) == std::vector<raw_member>{{"b/o", data}});
}

TEST_CASE("an invalid bucket is an error at start") {
    for (auto const* uri : {"ht://b", "ais://a b", "ais://#n", ""}) {
        playground::server_options options;
        options.buckets = {uri};
        CHECK_THROWS(playground::server(options));
    }
}

// Buckets and listings.

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

#include <support/tar_builder.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

struct with_objects : cluster_under_test {
    with_objects() {
        create("b");
        for (auto const* name : {"a", "b/1", "b/2", "b/3", "c"}) put("b", name, name);
        put("b", "empty", "");
    }
    raw_answer list(std::string const& value, std::string const& fields = "") {
        return ask(url("/v1/buckets/b?provider=ais"),
                   {.body = R"({"action":"list","value":)" + value + "}", .fields = fields});
    }
};

void create_and_fill(cluster_under_test& home) {
    home.create("b");
    home.put("b", "o", "hello");
    home.put("b", "bad.tgz", "junk");
    home.put("b", "s.tar",
             tar_member({.name = "a"}, "a") + tar_member({.name = "empty"}, "") + std::string(1024, '\0'));
}

std::string without_uuid(std::string const& body) {
    return body.substr(body.find("\"continuation_token\""));
}

}  // namespace

TEST_CASE("Buckets are created, described and destroyed") {
    cluster_under_test home;
    auto const act = [&](std::string_view method, std::string const& name, std::string const& action) {
        return ask(home.url("/v1/buckets/" + name + "?provider=ais"),
                   {.method = method, .body = R"({"action":")" + action + "\"}"});
    };
    CHECK(act("POST", "one", "create-bck").status == 200);
    auto const again = act("POST", "one", "create-bck");
    CHECK(again.status == 409);
    CHECK(again.body.find("ErrBucketAlreadyExists") != std::string::npos);
    CHECK(act("POST", "b%20d", "create-bck").status == 400);
    CHECK(act("POST", "one", "frob").status == 400);
    CHECK(ask(home.url("/v1/buckets/one"), {.method = "HEAD"}).field("Ais-Bucket-Props").starts_with("{"));
    CHECK(ask(home.url("/v1/buckets/two"), {.method = "HEAD"}).field("Hdr-Error").find("ErrBckNotFound") !=
          std::string::npos);
    auto const all = ask(home.url("/v1/buckets?provider=ais"), {.body = R"({"action":"list"})"});
    CHECK(all.body == R"([{"name":"one","provider":"ais","namespace":{"uuid":"","name":""}}])"
                      "\n");
    CHECK(act("DELETE", "one", "destroy-bck").status == 200);
    CHECK(act("DELETE", "one", "destroy-bck").status == 404);
    CHECK(ask(home.url("/v1/buckets/x"), {.method = "POST", .body = "{"}).status == 400);
}

TEST_CASE("A listing has ordered names, sizes as strings, and pages with tokens") {
    with_objects home;
    CHECK(
        without_uuid(home.list("{}").body) ==
        R"("continuation_token":"","entries":[{"name":"a","size":"1","flags":64},{"name":"b/1","size":"3","flags":64},)"
        R"({"name":"b/2","size":"3","flags":64},{"name":"b/3","size":"3","flags":64},{"name":"c","size":"1","flags":64},)"
        R"({"name":"empty","flags":64}],"flags":0})"
        "\n");
    CHECK(without_uuid(home.list(R"({"prefix":"b/","pagesize":2,"props":"name"})").body) ==
          R"("continuation_token":"b/2","entries":[{"name":"b/1","flags":64},{"name":"b/2","flags":64}],"flags":0})"
          "\n");
    CHECK(without_uuid(home.list(R"({"prefix":"b/","pagesize":"2","continuation_token":"b/2"})").body) ==
          R"("continuation_token":"","entries":[{"name":"b/3","size":"3","flags":64}],"flags":0})"
          "\n");
    CHECK(without_uuid(home.list(R"({"pagesize":1,"continuation_token":"empty"})").body) ==
          R"("continuation_token":"","entries":null,"flags":0})"
          "\n");
    CHECK(without_uuid(home.list(R"({"start_after":"b/3"})").body).find("\"b/3\"") == std::string::npos);
    auto const kept = home.list(R"({"uuid":"abc"})").body;
    CHECK(kept.starts_with(R"({"uuid":"abc",)"));
    CHECK(ask(home.url("/v1/buckets/no"), {.body = R"({"action":"list"})"}).status == 404);
    CHECK(home.list("{").status == 400);
}

TEST_CASE("A listing has the requested fields, and members after their archive") {
    cluster_under_test home;
    create_and_fill(home);
    auto const list = [&](std::string const& value) {
        return without_uuid(
            ask(home.url("/v1/buckets/b?provider=ais"), {.body = R"({"action":"list","value":)" + value + "}"}).body);
    };
    auto const full = list(R"({"prefix":"o","props":"name,size,cached,checksum,version,location"})");
    CHECK(full.find(R"({"name":"o","checksum":"26c7827d889f6da3","version":"1","location":"t[)") != std::string::npos);
    CHECK(list(R"({"props":"name,size,cached","flags":"9"})") ==
          R"("continuation_token":"","entries":[{"name":"bad.tgz","size":"4","flags":64},)"
          R"({"name":"o","size":"5","flags":64},{"name":"s.tar","size":"2560","flags":576},)"
          R"({"name":"s.tar/a","size":"1","flags":192},{"name":"s.tar/empty","flags":192}],"flags":0})"
          "\n");
    CHECK(list(R"({"props":"name,size,cached","flags":"9","pagesize":1,"continuation_token":"s.tar"})") ==
          R"("continuation_token":"s.tar/a","entries":[{"name":"s.tar/a","size":"1","flags":192}],"flags":0})"
          "\n");
}

TEST_CASE("A listing in MessagePack has the form that the SDK reads") {
    with_objects home;
    auto const answer = home.list(R"({"uuid":"u","prefix":"b/1"})", "Accept: application/msgpack\r\n");
    CHECK(answer.field("Content-Type") == "application/msgpack");
    std::string const map_and_uuid = "\x84\xa4UUID\xa1u";
    std::string const token_and_array =
        "\xb1"
        "ContinuationToken\xa0\xa7"
        "Entries\x91";
    std::string const entry_and_flags =
        "\x83\xa1n\xa3"
        "b/1\xa1s\x03\xa1"
        "f@\xa5"
        "Flags";
    CHECK(answer.body == map_and_uuid + token_and_array + entry_and_flags + '\0');
}

TEST_CASE("The pages of a large synthetic bucket have each object once") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 25'000, .size = 1};
    cluster_under_test home(options);
    std::string token;
    std::uint64_t next = 0;
    int pages = 0;
    do {
        auto const answer = ask(home.url("/v1/buckets/synthetic"),
                                {.body = R"({"action":"list","value":{"continuation_token":")" + token + "\"}}"});
        for (std::size_t at = 0; (at = answer.body.find("sample-", at)) != std::string::npos; at += 15) {
            auto const name = answer.body.substr(at, 15);
            if (answer.body.substr(at - 8, 8) != "\"name\":\"") continue;  // the token
            REQUIRE(name == playground::synthetic_name(next));
            ++next;
        }
        auto const begin = answer.body.find("_token\":\"") + 9;
        token = answer.body.substr(begin, answer.body.find('"', begin) - begin);
        ++pages;
    } while (!token.empty());
    CHECK(next == 25'000);
    CHECK(pages == 3);
}

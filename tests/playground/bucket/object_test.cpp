// Objects: put, get, ranges, members, head, delete; partly with curl, as an independent client.

#include "../raw_client.hpp"
#include "support/tar_builder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string output_of(std::string const& command) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe);
    std::string text;
    std::array<char, 4096> piece{};
    for (std::size_t n; (n = std::fread(piece.data(), 1, piece.size(), pipe.get())) > 0;) text.append(piece.data(), n);
    return text;
}

}  // namespace

TEST_CASE("curl can put, get, read ranges and delete") {
    cluster_under_test home;
    home.create("b");
    auto const at = "'" + home.url("/v1/objects/b/dir/a%20b?provider=ais") + "'";
    auto const curl = std::string("curl -s --noproxy '*' -L ");
    CHECK(output_of("printf 'hello world' | " + curl + "-o /dev/null -w '%{http_code}' -T - " + at) == "200");
    CHECK(output_of(curl + at) == "hello world");
    CHECK(output_of(curl + "-r 2-4 -w ' %{http_code}' " + at) == "llo 206");
    CHECK(output_of(curl + "-r -5 " + at) == "world");
    CHECK(output_of(curl + "-r 6- " + at) == "world");
    CHECK(output_of(curl + "-r 11- -o /dev/null -w '%{http_code}' " + at) == "416");
    CHECK(output_of(curl + "-I " + at).find("Content-Length: 11\r\n") != std::string::npos);
    CHECK(output_of(curl + "-X DELETE -o /dev/null -w '%{http_code}' " + at) == "200");
    CHECK(output_of(curl + "-o /dev/null -w '%{http_code}' " + at) == "404");
    // 3 MB and 100-continue
    CHECK(output_of("head -c 3000000 /dev/zero | " + curl + "-o /dev/null -w '%{http_code}' -T - " + at) == "200");
    CHECK(output_of(curl + at + " | wc -c").find("3000000") != std::string::npos);
}

TEST_CASE("The proxy redirects to the owner and checks the bucket first") {
    cluster_under_test home;
    home.create("b");
    auto const path = std::string("/v1/objects/b/l%20x?provider=ais");
    auto const get = ask(home.url(path));
    CHECK(get.status == 301);
    CHECK(get.location().starts_with("http://127.0.0.1:" + std::to_string(home.target_ports[0]) +
                                     "/v1/objects/b/l%20x?pid="));
    CHECK(get.body.starts_with("<a href=\"http://127.0.0.1"));
    CHECK(ask(home.url(path), {.method = "HEAD"}).status == 307);
    CHECK(ask(home.url(path), {.method = "PUT"}).status == 307);
    CHECK(ask(home.url(path), {.method = "DELETE"}).status == 307);
    CHECK(ask(home.url("/v1/objects/no/x")).status == 404);
    CHECK(ask(home.url("/v1/objects/b")).status == 400);
    CHECK(ask(home.url("/v1/objects/b/")).status == 400);
    CHECK(ask(home.url(path), {.method = "BREW"}).status == 405);
}

TEST_CASE("A target reports what is missing, in a field in the response to HEAD") {
    cluster_under_test home;
    home.create("b");
    auto const get = ask_on(home.url("/v1/objects/b/none"));
    CHECK(get.status == 404);
    CHECK(get.body.find(R"("tcode":"ErrNotFound")") != std::string::npos);
    CHECK(get.body.find("ais://b/none does not exist") != std::string::npos);
    auto const head = ask_on(home.url("/v1/objects/b/none"), {.method = "HEAD"});
    CHECK(head.status == 404);
    CHECK(head.field("Hdr-Error").find("ErrNotFound") != std::string::npos);
    CHECK(ask_on(home.url("/v1/objects/b/none"), {.method = "DELETE"}).status == 404);
    auto const unredirected = "http://127.0.0.1:" + std::to_string(home.target_ports[1]) + "/v1/objects/b/x";
    CHECK(ask(unredirected, {.method = "PUT", .body = "x"}).status == 400);
}

TEST_CASE("Members of tar shards can be read one by one") {
    cluster_under_test home;
    home.create("b");
    tar_block_builder const member{.name = "d/m.txt", .size = "00000000006"};
    home.put("b", "s.tar", member.bytes() + "member" + std::string(506 + 1024, '\0'));
    home.put("b", "s.tgz", "x");
    home.put("b", "text", "x");
    CHECK(ask_on(home.url("/v1/objects/b/s.tar?archpath=d/m.txt")).body == "member");
    CHECK(ask_on(home.url("/v1/objects/b/s.tar?archpath=%2Fd%2Fm.txt")).body == "member");
    // AIStore does not support ranges of members.
    auto const part = ask_on(home.url("/v1/objects/b/s.tar?archpath=d/m.txt"), {.fields = "Range: bytes=1-2\r\n"});
    CHECK(part.status == 400);
    CHECK(part.body.find("ErrUnsupp") != std::string::npos);
    CHECK(ask_on(home.url("/v1/objects/b/s.tar?archpath=no")).status == 404);
    CHECK(ask_on(home.url("/v1/objects/b/s.tgz?archpath=no")).status == 400);
    CHECK(ask_on(home.url("/v1/objects/b/text?archpath=no")).status == 400);
}

TEST_CASE("The response to a plain GET describes the whole object, also for a range") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "x", "0123456789");
    home.put("b", "abc", "abc");
    home.put("b", "empty", "");
    auto const at = home.url("/v1/objects/b/x?provider=ais");
    auto const whole = ask_on(at);
    CHECK(whole.status == 200);
    CHECK(whole.field("Content-Length") == "10");
    CHECK(whole.field("Content-Type") == "application/octet-stream");
    CHECK(whole.field("Ais-Version") == "1");
    CHECK(!whole.field("Ais-Atime").empty());
    CHECK(whole.field("Ais-Checksum-Type") == "xxhash2");
    CHECK(whole.field("Ais-Checksum-Value").size() == 16);
    CHECK(ask_on(home.url("/v1/objects/b/abc")).field("Ais-Checksum-Value") == "44bc2cf5ad770999");  // xxhsum -H64
    CHECK(whole.field("Etag").empty());
    CHECK(whole.field("Last-Modified").empty());
    auto const part = ask_on(at, {.fields = "Range: bytes=2-4\r\n"});
    CHECK(part.status == 206);
    CHECK(part.body == "234");
    CHECK(part.field("Content-Length") == "3");
    CHECK(part.field("Content-Range") == "bytes 2-4/10");
    CHECK(part.field("Accept-Ranges") == "bytes");
    CHECK(part.field("Ais-Checksum-Value") == whole.field("Ais-Checksum-Value"));
    // If-Range is ignored.
    CHECK(ask_on(at, {.fields = "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n"}).status == 206);
    CHECK(ask_on(home.url("/v1/objects/b/empty")).field("Content-Length") == "0");
    CHECK(ask_on(at, {.method = "HEAD"}).field("Ais-Checksum-Value") == whole.field("Ais-Checksum-Value"));
}

TEST_CASE("A range out of bounds is 416, with AIStore's text") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "x", "0123456789");
    auto const asked = [&](std::string const& range) {
        return ask_on(home.url("/v1/objects/b/x"), {.fields = "Range: " + range + "\r\n"});
    };
    auto const beyond = asked("bytes=10-12");
    CHECK(beyond.status == 416);
    CHECK(beyond.field("Content-Range") == "bytes */10");
    CHECK(beyond.body.find(R"("tcode":"ErrRangeNotSatisfiable")") != std::string::npos);
    CHECK(beyond.body.find("size=10: not satisfiable range [10-12]") != std::string::npos);
    CHECK(beyond.body.find(R"("node":"t[)") != std::string::npos);
    CHECK(asked("bytes=20-22,30-").body.find("not satisfiable ranges [20-22 30-]") != std::string::npos);
    struct invalid {
        char const* range;
        char const* words;
    };
    for (auto const& [range, words] :
         {invalid{"bytes=5-4", "read range \\\"5-4\\\" is invalid (end)"},
          invalid{"bytes=x-", "read range \\\"x-\\\" is invalid (start)"},
          invalid{"bytes=-", "read range \\\"-\\\" is invalid as per RFC 7233 Section 2.1"},
          invalid{"items=1-2", "read range \\\"items=1-2\\\" is invalid (prefix)"},
          invalid{"bytes=0-1,3-4", "cannot multi-range read ais://b/x - operation not supported"}}) {
        INFO(range);
        auto const refused = asked(range);
        CHECK(refused.status == 416);
        CHECK(refused.field("Content-Range").empty());
        CHECK(refused.body.find(words) != std::string::npos);
    }
    auto const nothing = asked("bytes=-0");
    CHECK(nothing.status == 206);
    CHECK(nothing.field("Content-Range") == "bytes 10-9/10");
    CHECK(asked("bytes=0-100").body == "0123456789");
    CHECK(asked("bytes=7-").body == "789");
    CHECK(asked("bytes=-2").body == "89");
}

TEST_CASE("Names in any UTF-8 can be stored and read in every way") {
    cluster_under_test home;
    home.create("b");
    for (std::string const name : {"ünï/日本 x.bin", "q\"<&>\\z", "a%b?c#d", "line\nbreak", "plus+and&", "~tilde"}) {
        INFO(name);
        home.put("b", name, "data of " + name);
        std::string json = R"({"in":[{"objname":")";
        for (char const c : name) {
            if (c == '"' || c == '\\') json += '\\';
            json += c == '\n' ? "\\n" : std::string(1, c);
        }
        auto const answer = home.batch("b", json + R"("}],"strm":true})");
        CHECK(members_of(answer.body) == std::vector<raw_member>{{"b/" + name, "data of " + name}});
    }
}

TEST_CASE("No name leads outside the served folder") {
    std::string folder = "/tmp/aisle-playground-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    std::filesystem::create_directories(folder + "/root/b");
    REQUIRE(std::system(
                ("echo secret > " + folder + "/secret; ln -s ../../secret " + folder + "/root/b/link").c_str()) == 0);
    playground::server_options options;
    options.root = folder + "/root";
    cluster_under_test home(options);
    for (auto const* path :
         {"/v1/objects/b/..%2F..%2Fsecret", "/v1/objects/b/../../secret", "/v1/objects/b/link",
          "/v1/objects/b/%2Fetc%2Fpasswd", "/v1/objects/..%2Fb/x", "/v1/objects/../b/link", "/v1/objects/b/x%00y"}) {
        INFO(path);
        auto const answer = ask_on(home.url(path));
        CHECK(answer.status >= 400);
        CHECK(answer.body.find("secret\n") == std::string::npos);
        auto const redirected = ask(home.url(path), {.method = "PUT"});
        if (redirected.status == 307) {
            auto const put = ask(redirected.location(), {.method = "PUT", .body = "overwritten"});
            CHECK((put.status == 400 || std::string_view(path).ends_with("link")));
        }
    }
    CHECK(output_of("cat " + folder + "/secret") == "secret\n");
    home.put("b", "made/by/put", "x");
    CHECK(output_of("cat " + folder + "/root/b/made/by/put") == "x");
    std::filesystem::remove_all(folder);
}

TEST_CASE("A folder that is served read-only is not changed") {
    std::string folder = "/tmp/aisle-playground-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    std::filesystem::create_directories(folder + "/b");
    REQUIRE(std::system(("echo kept > " + folder + "/b/x").c_str()) == 0);
    playground::server_options options;
    options.root = folder;
    options.writable_root = false;
    options.buckets = {"ais://made"};  // at the start it may
    cluster_under_test home(options);
    auto const at = home.url("/v1/objects/b/x?provider=ais");
    CHECK(ask_on(at).body == "kept\n");
    CHECK(ask(ask(at, {.method = "PUT"}).location(), {.method = "PUT", .body = "other"}).status == 400);
    auto const gone = ask_on(at, {.method = "DELETE"});
    CHECK(gone.status == 400);
    CHECK(gone.body.find("read-only") != std::string::npos);
    auto const act = [&](std::string_view method, std::string const& bucket, std::string const& action) {
        return ask(home.url("/v1/buckets/" + bucket), {.method = method, .body = R"({"action":")" + action + "\"}"});
    };
    CHECK(act("DELETE", "b", "destroy-bck").status == 400);
    CHECK(act("POST", "new", "create-bck").status == 400);
    CHECK(act("POST", "b", "create-bck").status == 409);
    CHECK(act("HEAD", "made", "").status == 200);
    CHECK(ask_on(at).body == "kept\n");
    std::filesystem::remove_all(folder);
}

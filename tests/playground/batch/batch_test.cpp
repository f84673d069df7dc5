// Get-Batch: requests to the proxy, and the targets' responses.

#include "../archives.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string streamed(std::string const& entries, std::string const& more = "") {
    return R"({"in":[)" + entries + R"(],"strm":true)" + more + "}";
}

struct parts {
    codec::get_batch_metadata metadata;
    std::string archive;
};

parts read_parts(raw_answer const& answer) {
    auto taken = aisle::test::parts_of(answer);
    return {codec::read_metadata(std::move(taken.metadata)).value(), std::move(taken.archive)};
}

}  // namespace

TEST_CASE("Synthetic objects arrive in order with their content, streamed and in multipart mode") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 1000, .size = 70'001};
    cluster_under_test home(options);
    std::string entries;
    std::vector<std::uint64_t> indices;
    for (std::uint64_t i = 0; i < 50; ++i) indices.push_back(i * 37 % 1000);
    for (auto const i : indices)
        entries += (entries.empty() ? "" : ",") + (R"({"objname":")" + playground::synthetic_name(i) + "\"}");
    auto const check = [&](std::string_view archive) {
        auto const members = members_of(archive);
        REQUIRE(members.size() == indices.size());
        for (std::size_t i = 0; i < members.size(); ++i) {
            CHECK(members[i].name == "synthetic/" + playground::synthetic_name(indices[i]));
            CHECK(members[i].data.size() == 70'001);
            CHECK(playground::is_synthetic(indices[i], 0,
                                           std::as_bytes(std::span(members[i].data.data(), members[i].data.size()))));
        }
    };
    check(home.batch("synthetic", streamed(entries)).body);
    auto const in_parts = read_parts(home.batch("synthetic", R"({"in":[)" + entries + "]}"));
    check(in_parts.archive);
    REQUIRE(in_parts.metadata.out.size() == indices.size());
    for (auto const& out : in_parts.metadata.out) CHECK(out.size == 70'001);
    CHECK(home.server.stats().members == 100);
    CHECK(home.server.stats().batches == 2);
}

TEST_CASE("Large streams have Go's chunk sizes, and multipart bodies arrive in pages") {
    playground::server_options options;
    options.made_up = playground::synthetic{.count = 2, .size = 1 << 20};
    cluster_under_test home(options);
    auto const entries = std::string(R"({"objname":"sample-00000000"},{"objname":"sample-00000001"})");
    auto const stream = home.batch("synthetic", streamed(entries));
    std::vector<std::size_t> expected;
    for (int object = 0; object < 2; ++object) {
        expected.insert(expected.end(), {2048, 31'232});
        expected.insert(expected.end(), 31, 32'768);
    }
    expected.insert(expected.end(), {1024, 0});
    CHECK(stream.chunks == expected);

    auto const in_parts = home.batch("synthetic", R"({"in":[)" + entries + "]}");
    CHECK(in_parts.chunks.front() == 2048);
    for (std::size_t i = 2; i + 3 < in_parts.chunks.size(); ++i) CHECK(in_parts.chunks[i] == 32'768);
    CHECK(in_parts.chunks[in_parts.chunks.size() - 2] == 68);
}

TEST_CASE("The designated target is any of them, or with co-location the one that owns most entries") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "r", "x");
    std::set<std::string> seen;
    for (int i = 0; i < 60; ++i) {
        auto const location = ask(home.url("/v1/ml/moss/b"), {.body = streamed(R"({"objname":"r"})")}).location();
        seen.insert(location.substr(0, location.find("/v1")));
    }
    CHECK(seen.size() == 3);
    for (int i = 0; i < 20; ++i) {
        auto const answer = ask(home.url("/v1/ml/moss/b?coloc=1"),
                                {.body = streamed(R"({"objname":"l1"},{"objname":"r"},{"objname":"l2"})")});
        CHECK(answer.location().find(":" + std::to_string(home.target_ports[0]) + "/") != std::string::npos);
    }
    CHECK(home.batch("b", streamed(R"({"objname":"r"})")).status == 200);
}

TEST_CASE("Ranges have the requested bytes") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "l", "0123456789");
    home.put("b", "r", "0123456789");
    for (unsigned target : {0u, 1u}) {
        std::string entries;
        for (auto const* name : {"l", "r"}) {
            for (auto const* range : {R"("start":0,"length":3)", R"("start":4,"length":-1)", R"("start":9,"length":1)",
                                      R"("start":0,"length":10)", R"("start":0,"length":-1)"})
                entries += (entries.empty() ? "" : ",") + (R"({"objname":")" + std::string(name) + "\"," + range + "}");
        }
        std::string got;
        for (auto const& m : members_of(home.batch_by(target, "b", streamed(entries)).body)) got += m.data + " ";
        CHECK(got == "012 456789 9 0123456789 0123456789 012 456789 9 0123456789 0123456789 ");
    }
}

TEST_CASE("A range out of bounds ends a stream if the object is local, and is an error in multipart mode") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "0123456789");
    home.put("b", "l", "0123456789");
    home.put("b", "lempty", "");
    for (auto const* range : {R"("start":10,"length":1)", R"("start":5,"length":6)", R"("start":10,"length":-1)"}) {
        auto const entries = std::string(R"({"objname":"s"},{"objname":"l",)") + range + R"(},{"objname":"s"})";
        auto const stream = home.batch_by(0, "b", streamed(entries, R"(,"coer":true)"));
        CHECK(stream.status == 200);
        CHECK(stream.whole);
        CHECK(names_of(stream.body) == "b/s");
        auto const in_parts = home.batch_by(0, "b", R"({"in":[)" + entries + R"(],"coer":true})");
        CHECK(in_parts.status == 400);
        CHECK(in_parts.body.find("ErrRangeNotSatisfiable") != std::string::npos);
    }
    auto const open_ended = R"({"in":[{"objname":"lempty","start":0,"length":-1}]})";
    CHECK(home.batch_by(0, "b", open_ended).status == 400);
}

TEST_CASE("After a range out of bounds of a forwarded object, whole objects arrive instead") {
    playground::server_options options;
    options.max_wait = std::chrono::milliseconds(30);
    cluster_under_test home(options);
    home.create("b");
    home.put("b", "l", "local");
    home.put("b", "r", "0123456789");
    auto const oob = std::string(R"({"objname":"r","start":5,"length":100})");
    auto const good = std::string(R"({"objname":"r","start":2,"length":3})");
    auto const begun = std::chrono::steady_clock::now();
    auto const answer = home.batch_by(0, "b", streamed(good + "," + oob + R"(,{"objname":"l"},)" + good));
    CHECK(std::chrono::steady_clock::now() - begun >= 2 * options.max_wait);
    std::string got;
    for (auto const& m : members_of(answer.body)) got += m.data + " ";
    CHECK(got == "234 0123456789 local 0123456789 ");

    // At most five are fetched this way, then the batch ends.
    auto const six =
        home.batch_by(0, "b", streamed(oob + "," + good + "," + good + "," + good + "," + good + "," + good));
    CHECK(members_of(six.body).size() == 5);
    CHECK(six.whole);
}

TEST_CASE("Missing objects are placeholders until there are too many of them") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "x");
    auto const batch_of = [&](std::string const& prefix, int missing) {
        std::string entries = R"({"objname":"s"})";
        for (int i = 0; i < missing; ++i) entries += R"(,{"objname":")" + prefix + std::to_string(i) + "\"}";
        return entries + R"(,{"objname":"s"})";
    };
    // Local: nine are written, forwarded: eight (AIStore behaviour).
    CHECK(members_of(home.batch_by(0, "b", streamed(batch_of("nol", 8), R"(,"coer":true)")).body).size() == 10);
    CHECK(members_of(home.batch_by(0, "b", streamed(batch_of("nol", 12), R"(,"coer":true)")).body).size() == 10);
    std::string nine;
    for (int i = 0; i < 9; ++i) nine += (i ? "," : "") + (R"({"objname":"nol)" + std::to_string(i) + "\"}");
    CHECK(home.batch_by(0, "b", R"({"in":[)" + nine + R"(],"coer":true})").status == 200);  // the ninth is the last
    CHECK(members_of(home.batch_by(0, "b", streamed(batch_of("nor", 8), R"(,"coer":true)")).body).size() == 10);
    CHECK(members_of(home.batch_by(0, "b", streamed(batch_of("nor", 12), R"(,"coer":true)")).body).size() == 9);
    auto const in_parts = home.batch_by(0, "b", R"({"in":[)" + batch_of("nor", 12) + R"(],"coer":true})");
    CHECK(in_parts.status == 400);
    CHECK(in_parts.body.find("exceeded soft-errors limit: 9 (max: 8)") != std::string::npos);
}

TEST_CASE("Metadata has each entry's size, opaque bytes and the server's error") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "l", "local");
    auto const got = read_parts(home.batch_by(
        0, "b",
        R"({"in":[{"objname":"l","opaque":"AP8="},{"objname":"nor","opaque":"Kg==","provider":"ais","bucket":"b"},
            {"objname":"l","start":1,"length":3}],"coer":true,"onob":true})"));
    CHECK(names_of(got.archive) == "l __404__/nor l");
    REQUIRE(got.metadata.out.size() == 3);
    CHECK(got.metadata.out[0].opaque == std::vector{std::byte{0}, std::byte{255}});
    CHECK(got.metadata.out[0].size == 5);
    CHECK(got.metadata.out[0].err_msg.empty());
    CHECK(got.metadata.out[0].provider == "ais");
    CHECK(got.metadata.out[1].opaque == std::vector{std::byte{42}});
    CHECK(got.metadata.out[1].size == 0);
    CHECK(got.metadata.out[1].err_msg.ends_with(": ais://b/nor does not exist"));
    CHECK(got.metadata.out[2].size == 3);
}

TEST_CASE("The proxy refuses an invalid request, and nothing waits afterwards") {
    cluster_under_test home;
    home.create("b");
    struct wrong {
        char const* path;
        char const* body;
        int status;
        char const* words;
    };
    for (auto const& [path, body, status, words] : {
             wrong{"b", R"({"in":[]})", 400, "moss: empty input"},
             wrong{"b", R"({"in":null})", 400, "moss: empty input"},
             wrong{"b", R"({})", 400, "moss: empty input"},
             wrong{"b", "", 400, "message"},
             wrong{"b", R"({"in":[{"objname":""}]})", 400, "invalid object name"},
             wrong{"b", R"({"in":[{"objname":"../x"}]})", 400, "invalid object name"},
             wrong{"b", R"({"in":[{"objname":"a/./b"}]})", 400, "invalid object name"},
             wrong{"b", R"({"in":[{"objname":"a/"}]})", 400, "invalid object name"},
             wrong{"b", R"({"in":[{"objname":"~/a"}]})", 400, "invalid object name"},
             wrong{"b", R"({"in":[{"objname":"s.tar","archpath":"../x"}]})", 400, "invalid archpath"},
             wrong{"b", R"({"in":[{"objname":"a","start":1}]})", 400, "not satisfiable range"},
             wrong{"b", R"({"in":[{"objname":"a","start":-1,"length":1}]})", 400, "not satisfiable range"},
             wrong{"b", R"({"in":[{"objname":"a","length":-2}]})", 400, "not satisfiable range"},
             wrong{"b", R"({"in":[{"objname":"a"}],"mime":"TAR"})", 400, "errUnknownMime"},
             wrong{"b", R"({"in":[{"objname":"a","bucket":"no"}]})", 404, "ErrBckNotFound"},
             wrong{"b", R"({"in":[{"objname":"a","bucket":"b","provider":"zz"}]})", 400, "ErrInvalidBackendProvider"},
             wrong{"b", R"({"in":[{"objname":"a","bucket":"b","provider":"s3"}]})", 404, "ErrFailedTo"},
             wrong{"b", R"({"in":[{"objname":"a","uname":"b"}]})", 400, "bucket name is missing"},
             wrong{"b", R"({"in":[{"objname":"a","uname":"ais/@#/no/"}]})", 404, "ErrBckNotFound"},
             wrong{"b?provider=ht", R"({"in":[{"objname":"a"}]})", 400, "ErrInvalidBackendProvider"},
             wrong{"b?namespace=%23y", R"({"in":[{"objname":"a"}]})", 404, "ErrBckNotFound"},
             wrong{"b?namespace=%20", R"({"in":[{"objname":"a"}]})", 400, "invalid namespace"},
             wrong{"b", R"({"in":[{"objname":"a","bucket":"b","provider":"ht"}]})", 400, "ErrInvalidBackendProvider"},
             wrong{"b", R"({"in":[{"objname":"a","uname":"ais/@x#y/b/"}]})", 404, "ErrFailedTo"},
             wrong{"b", R"({"in":[{"objname":"a"}],"mime":"gz"})", 400, "errUnknownMime"},
             wrong{"b?namespace=%40x%23y", R"({"in":[{"objname":"a"}]})", 404, "ErrFailedTo"},
             wrong{"b?coloc=3", R"({"in":[{"objname":"a"}]})", 400, "coloc"},
             wrong{"b/c/d", R"({"in":[{"objname":"a"}]})", 400, "invalid request URI"},
             wrong{"", R"({"in":[{"objname":"a"}]})", 400, "missing bucket specification"},
         }) {
        INFO(path << " " << body);
        auto const answer = ask(home.url("/v1/ml/moss/") + path, {.body = body});
        CHECK(answer.status == status);
        CHECK(answer.field("Content-Type") == "application/json");
        CHECK(answer.body.find(words) != std::string::npos);
    }
    for (auto const* method : {"POST", "PUT", "HEAD", "DELETE"}) {
        auto const answer = ask(home.url("/v1/ml/moss/b"), {.method = method});
        CHECK(answer.status == 405);
        CHECK(answer.field("Allow") == "GET");
    }
    auto const caller =
        ask(home.url("/v1/ml/moss/b"), {.body = R"({"in":[{"objname":"a"}]})", .fields = "Ais-Caller-Id: x\r\n"});
    CHECK(caller.status == 403);
    CHECK(home.server.stats().redirects == 0);
}

TEST_CASE("Entries of several buckets need no bucket in the path") {
    cluster_under_test home;
    home.create("b");
    home.create("c");
    home.put("b", "x", "in b");
    home.put("c", "x", "in c");
    auto const answer = ask_on(home.url("/v1/ml/moss"), {.body = streamed(R"({"objname":"x","bucket":"b"},
        {"objname":"x","bucket":"c","provider":"ais"})")});
    CHECK(members_of(answer.body) == std::vector<raw_member>{{"b/x", "in b"}, {"c/x", "in c"}});
}

TEST_CASE("A refused second request does not use up the redirect") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "x");
    auto const json = streamed(R"({"objname":"s"})");
    auto const location = home.redirect_to(0, "b", json);
    CHECK(ask(location, {.body = "{"}).status == 400);
    CHECK(ask(location, {.body = R"({"in":[]})"}).status == 400);
    CHECK(ask(location, {.method = "POST", .body = json}).status == 403);
    CHECK(ask(location, {.method = "DELETE"}).status == 405);
    CHECK(ask(location.substr(0, location.find('?')), {.body = json}).status == 401);
    auto elsewhere = location;
    elsewhere.replace(elsewhere.find(std::to_string(home.target_ports[0])), 5, std::to_string(home.target_ports[1]));
    CHECK(ask(elsewhere, {.body = json}).status == 404);
    // The entries of the first request are sent, whatever the second one has.
    CHECK(names_of(ask(location, {.body = streamed(R"({"objname":"other"})")}).body) == "b/s");
    CHECK(ask(location, {.body = json}).status == 404);
    auto unknown = location;
    unknown.replace(unknown.find("gbt-") + 4, 4, "none");
    CHECK(ask(unknown, {.body = json}).body.find("not active") != std::string::npos);
}

TEST_CASE("The last bytes are delayed as in a cluster of several targets") {
    playground::server_options options;
    options.tail_delay = std::chrono::milliseconds(150);
    options.made_up = playground::synthetic{.count = 100, .size = 10'240};
    cluster_under_test home(options);
    std::string entries;
    for (int i = 0; i < 40; ++i)
        entries +=
            (i ? "," : "") + (R"({"objname":")" + playground::synthetic_name(static_cast<std::uint64_t>(i)) + "\"}");
    auto const location = home.redirect_to(0, "synthetic", streamed(entries));
    raw_connection connection(home.target_ports[0]);
    auto const begun = std::chrono::steady_clock::now();
    connection.send(request_text(location.substr(location.find("/v1")), {.body = streamed(entries)}));
    auto const answer = connection.receive();
    CHECK(std::chrono::steady_clock::now() - begun >= options.tail_delay);
    CHECK(members_of(answer.body).size() == 40);
}

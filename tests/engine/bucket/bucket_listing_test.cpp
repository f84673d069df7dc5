// Listing a bucket, page by page.
#include "bucket_fixture.hpp"

#include <catch2/catch.hpp>

#include <http/scripted_server.hpp>
#include <support/pattern.hpp>
#include <support/tar_builder.hpp>

using namespace aisle;
using namespace aisle::test;
using Catch::Matchers::Contains;
using names = std::vector<std::string>;

namespace {

std::string numbered(int i) {
    auto const digits = std::to_string(i);
    return "n/" + std::string(4 - digits.size(), '0') + digits;
}

struct filled : bucket_cluster {
    filled() {
        for (int i = 0; i < 25; ++i) put(numbered(i), std::string(static_cast<std::size_t>(i), 'x'));
        put("other", "o");
    }
};

}  // namespace

TEST_CASE("pages of any size, fetched ahead or not, join to the whole listing, once each, in order") {
    filled c;
    names all;
    for (int i = 0; i < 25; ++i) all.push_back(numbered(i));
    for (unsigned entries : {0u, 1u, 2u, 5u, 24u, 25u, 26u})
        for (unsigned ahead : {0u, 1u, 16u}) {
            CHECK(names_in(c.bucket().list("n/", {.page_entries = entries, .pages_ahead = ahead})) == all);
        }
    all.push_back("other");
    CHECK(names_in(c.bucket().list()) == all);
    CHECK(names_in(c.bucket().list("none")).empty());
}

TEST_CASE("a page has the requested number of objects, and the page after the last is empty") {
    filled c;
    auto listing = c.bucket().list("n/", {.page_entries = 10});
    CHECK(listing.next_page()->size() == 10);
    CHECK(listing.next_page()->size() == 10);
    CHECK(listing.next_page()->size() == 5);
    CHECK(listing.next_page()->empty());
    CHECK(listing.next_page()->empty());
}

TEST_CASE("names, sizes and presence; other metadata on request") {
    filled c;
    auto const plain = c.bucket().list("n/0007").next_page().value().at(0);
    CHECK(plain.name == "n/0007");
    CHECK(plain.size == 7);
    CHECK(plain.cached);
    CHECK_FALSE(plain.checksum.known());
    auto const full = c.bucket().list("n/0007", {.details = true}).next_page().value().at(0);
    auto const head = c.bucket().head("n/0007").value();
    CHECK(full.checksum.known());
    CHECK(full.checksum == head.checksum);
    CHECK(full.version == head.version);
    CHECK(full.location == head.location);
    CHECK(c.bucket().list("n/0000").next_page().value().at(0).size == 0);
}

TEST_CASE("members follow their archive, whatever other objects have similar names") {
    bucket_cluster c;
    auto const shard = tar_member({.name = "z"}, "zz") + tar_member({.name = "d/a"}, "a") + std::string(1024, '\0');
    c.put("s.tar", shard);
    c.put("s.tar-2.tar", shard);
    c.put("s.tar.idx", "index");
    c.put("damaged.tgz", "no gzip at all");
    c.put("empty.tar", std::string(1024, '\0'));
    c.put("plain", "p");
    names const all{"damaged.tgz", "empty.tar",   "plain",           "s.tar",         "s.tar/d/a",
                    "s.tar/z",     "s.tar-2.tar", "s.tar-2.tar/d/a", "s.tar-2.tar/z", "s.tar.idx"};
    for (unsigned entries : {0u, 1u, 2u, 3u})
        CHECK(names_in(c.bucket().list({}, {.members = true, .page_entries = entries})) == all);
    for (auto const& o : c.bucket().list({}, {.members = true})) {
        CHECK(o.is_unreadable == (o.name == "damaged.tgz"));
        CHECK(o.is_archive == (o.archpath.empty() && o.name.ends_with(".tar")));
        if (o.archpath == "z") CHECK(o.size == 2);
        if (!o.archpath.empty()) CHECK(c.bucket().get(o.name, {.archpath = o.archpath})->size() == o.size);
    }
    CHECK(names_in(c.bucket().list({})).size() == 6);
}

TEST_CASE("listing a bucket that does not exist returns the same error again and again, and its iterator throws it") {
    filled c;
    auto listing = c.bucket("ais://nobody").list();
    for (int i = 0; i < 2; ++i) {
        auto const e = listing.next_page().error();
        CHECK(e.server_code == "ErrBckNotFound");
        CHECK_THAT(e.text, Contains("list ais://nobody"));
    }
    CHECK_THROWS_AS(names_in(c.bucket("ais://nobody").list()), aisle::exception);
    CHECK(c.bucket().list({}, {.page_entries = 10'001}).next_page().error().code == errc::invalid_argument);
    CHECK(c.bucket().list({}, {.pages_ahead = 17}).next_page().error().code == errc::invalid_argument);
}

TEST_CASE("an answer that is not a listing is an error, not an empty bucket") {
    std::string body;
    http::test::scripted_server server([&](http::test::peer& p) {
        for (auto r = p.read_request(); !r.empty(); r = p.read_request())
            p.send(http::test::answer_of(r.find("smap") != r.npos ? "{}" : body));
    });
    engine_options how;
    how.endpoint = server.url();
    how.proxy_timeout = std::chrono::seconds(60);
    engine e(how);
    for (auto const* text :
         {"{}", "[]", "", "<html>", R"({"entries":[{"size":"1"}]})", R"({"entries":[{"name":"a","size":"x"}]})",
          R"({"entries":[{"name":"a"}],"continuation_token":)"}) {
        body = text;
        auto const page = e.bucket("ais://b").list({}, {.retry = no_retry}).next_page();
        REQUIRE(page.has_error());
        CHECK(page.error().code == errc::bad_metadata);
    }
    body = R"({"uuid":"u","continuation_token":"a","entries":[{"name":"a","flags":64}]})";
    auto listing = e.bucket("ais://b").list({}, {.pages_ahead = 0, .retry = no_retry});
    CHECK(listing.next_page().has_value());
    CHECK_THAT(listing.next_page().error().text, Contains("the same page repeatedly"));
}

// The same tests on a real AIStore and on the playground: on AIS_ENDPOINT, otherwise on the playground.
#include "bucket_fixture.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <support/pattern.hpp>
#include <support/tar_builder.hpp>

using namespace aisle;
using namespace aisle::test;
using names = std::vector<std::string>;

namespace {

std::string own_name() {
    std::random_device random;
    std::string out = "ais://aisle-test-";
    for (int i = 0; i < 12; ++i) out += static_cast<char>('a' + random() % 26);
    return out;
}

/// A temporary bucket.
struct any_cluster {
    any_cluster() {
        engine_options how;
        if (auto const* const endpoint = std::getenv("AIS_ENDPOINT"); endpoint && *endpoint) {
            how.endpoint = endpoint;
        } else {
            playing = std::make_unique<playground::server>(bucket_cluster::prepared({}));
            playing->start();
            how.endpoint = playing->endpoint();
            how.proxy_timeout = std::chrono::seconds(60);
        }
        on.emplace(how);
        b.emplace(on->bucket(own_name()));
        REQUIRE(b->create().value());
    }
    ~any_cluster() { static_cast<void>(b->destroy()); }

    std::unique_ptr<playground::server> playing;
    std::optional<engine> on;
    std::optional<bucket> b;
};

}  // namespace

TEST_CASE("on any cluster: a bucket is filled, listed in pages, read and destroyed") {
    any_cluster c;
    auto const& b = *c.b;
    CHECK_FALSE(b.create().value());
    names all;
    for (int i = 0; i < 30; ++i) {
        all.push_back("n/" + std::to_string(100 + i) + " %?#'\"");
        auto const put = b.put(all.back(), std::string(static_cast<std::size_t>(i * 1'000), 'x'));
        REQUIRE(put.has_value());
        CHECK(put->checksum.known());
    }
    for (unsigned entries : {0u, 1u, 7u, 30u}) CHECK(names_in(b.list({}, {.page_entries = entries})) == all);
    CHECK(names_in(b.list("n/12")).size() == 10);
    CHECK(names_in(b.list("none")).empty());
    for (auto const& o : b.list("n/129", {.details = true})) {
        auto const head = b.head(o.name);
        REQUIRE(head.has_value());
        CHECK(head->size == 29'000);
        CHECK(head->size == o.size);
        CHECK(head->checksum == o.checksum);
        CHECK(head->checksum.known());
        CHECK(head->version == o.version);
        CHECK(head->location == o.location);
        CHECK(head->cached);
        CHECK(o.cached);
    }
    CHECK(b.exists(all[3]).value());
    CHECK_FALSE(b.exists("none").value());
    CHECK(b.get(all[29])->size() == 29'000);
    CHECK(b.get(all[0])->size() == 0);
    CHECK(b.get(all[29], {.range = {28'000, -1}})->size() == 1'000);
    CHECK(b.get(all[29], {.range = {29'000, 1}}).error().code == errc::wrong_size);
    CHECK(b.destroy().value());
    CHECK_FALSE(b.destroy().value());
    CHECK(b.list().next_page().error().server_code == "ErrBckNotFound");
    CHECK(b.put("o", "x").error().server_code == "ErrBckNotFound");
}

TEST_CASE("on any cluster: members of archives are listed, whatever other objects there are, and read") {
    any_cluster c;
    auto const& b = *c.b;
    std::string shard;
    for (int i = 0; i < 40; ++i) shard += tar_member({.name = "m/" + std::to_string(100 + i)}, std::to_string(i));
    shard += std::string(1024, '\0');
    for (auto const* name : {"s.tar", "s.tar-2.tar", "t/s.tar"}) REQUIRE(b.put(name, shard).has_value());
    REQUIRE(b.put("s.tar.idx", "index").has_value());
    REQUIRE(b.put("a.tgz", "no gzip").has_value());
    for (unsigned entries : {0u, 1u, 2u, 3u}) {
        auto const seen = names_in(b.list({}, {.members = true, .page_entries = entries}));
        CHECK(seen.size() == 5 + 3 * 40);
        CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
    }
    for (auto const& o : b.list("s.tar", {.members = true})) {
        CHECK(o.is_archive == (o.archpath.empty() && o.name.ends_with(".tar")));
        if (o.archpath == "m/139") CHECK(b.get(o.name, {.archpath = o.archpath})->text() == "39");
    }
    CHECK(b.list("a", {.members = true}).next_page()->at(0).is_unreadable);
    CHECK(b.get("s.tar", {.archpath = "m/139", .range = {1, 1}})->text() == "9");
    CHECK(b.get("s.tar", {.archpath = "none"}).error().code == errc::missing);
}

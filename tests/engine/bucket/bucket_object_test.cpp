// Calls on one object: head, exists, get, put.
#include "bucket_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <fstream>
#include <support/certificates.hpp>
#include <support/pattern.hpp>
#include <support/tar_builder.hpp>

using namespace aisle;
using namespace aisle::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string bytes_of(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 256);
    return out;
}

std::string shard() {
    return tar_member({.name = "a.txt"}, "hello") + tar_member({.name = "sub/b.txt"}, bytes_of(3'000)) +
           std::string(1024, '\0');
}

}  // namespace

TEST_CASE("a stored object exists, with the checksum of its bytes") {
    bucket_cluster c;
    auto const b = c.bucket();
    for (std::size_t size : {0u, 1u, 5'000u, 3'000'000u}) {
        auto const name = "dir/of " + std::to_string(size) + " \"bytes\"?";
        auto const put = b.put(name, bytes_of(size));
        REQUIRE(put.has_value());
        CHECK(put->size == size);
        CHECK(put->checksum.type == "xxhash2");
        auto const head = b.head(name);
        REQUIRE(head.has_value());
        CHECK(head->name == name);
        CHECK(head->size == size);
        CHECK(head->checksum == put->checksum);
        CHECK(head->version == "1");
        CHECK(head->cached);
        CHECK_THAT(head->location, StartsWith("t["));
        auto const got = b.get(name);
        REQUIRE(got.has_value());
        CHECK(got->text() == bytes_of(size));
        CHECK(got->info().checksum == put->checksum);
        CHECK(b.exists(name).value());
    }
}

TEST_CASE("a part of an object, a member of an archive, and a part of a member") {
    bucket_cluster c;
    auto const whole = bytes_of(100'000);
    c.put("whole", whole);
    c.put("s.tar", shard());
    auto const b = c.bucket();
    CHECK(b.get("whole", {.range = {10, 20}})->text() == whole.substr(10, 20));
    CHECK(b.get("whole", {.range = {99'000, -1}})->text() == whole.substr(99'000));
    CHECK(b.get("s.tar", {.archpath = "a.txt"})->text() == "hello");
    CHECK(b.get("s.tar", {.archpath = "a.txt"})->info().archpath == "a.txt");
    CHECK(b.get("s.tar", {.archpath = "sub/b.txt", .range = {1'000, 50}})->text() == bytes_of(3'000).substr(1'000, 50));

    auto const outside = b.get("whole", {.range = {100'000, 5}});
    REQUIRE(outside.has_error());
    CHECK(outside.error().code == errc::wrong_size);
    CHECK_THAT(outside.error().text, Contains("get ais://b/whole"));
    CHECK(b.get("whole", {.range = {-1, 5}}).error().code == errc::invalid_entry);
}

TEST_CASE("get_into() writes to the caller's memory, if it is large enough") {
    bucket_cluster c;
    c.put("o", "0123456789");
    std::array<std::byte, 12> room{};
    auto const got = c.bucket().get_into(room, "o");
    REQUIRE(got.has_value());
    CHECK(got->size == 10);
    CHECK(std::string_view(reinterpret_cast<char const*>(room.data()), 10) == "0123456789");
    CHECK(c.bucket().get_into(std::span(room).first(9), "o").error().code == errc::limit_exceeded);
}

TEST_CASE("an object that does not exist is missing, and the node that reports it is named") {
    bucket_cluster c;
    c.put("s.tar", shard());
    auto const b = c.bucket();
    CHECK_FALSE(b.exists("none").value());
    for (auto const& e :
         {b.head("none").error(), b.get("none").error(), b.get("s.tar", {.archpath = "none"}).error()}) {
        CHECK(e.code == errc::missing);
        CHECK(e.http_status == 404);
        CHECK_THAT(e.text, Contains("does not exist, reported by 127.0.0."));
        CHECK_THAT(e.server_text, Contains("none"));
    }
    for (auto const& e :
         {c.bucket("ais://nobody").head("o").error(), c.bucket("ais://nobody").get("o").error(),
          c.bucket("ais://nobody").put("o", "x").error(), c.bucket("ais://nobody").exists("o").error()}) {
        CHECK(e.code == errc::server_error);
        CHECK(e.server_code == "ErrBckNotFound");
        CHECK_THAT(e.text, Contains("no such bucket"));
    }
    CHECK(b.put("a//b", "x").error().code == errc::invalid_entry);
    CHECK(b.head("").error().code == errc::invalid_entry);
    CHECK_THROWS_AS(c.bucket("ais://no bucket"), aisle::exception);
}

TEST_CASE("a bucket is created once and destroyed once") {
    bucket_cluster c;
    auto const fresh = c.bucket("ais://fresh");
    CHECK(fresh.create().value());
    CHECK_FALSE(fresh.create().value());
    CHECK(fresh.put("o", "x").has_value());
    CHECK(fresh.destroy().value());
    CHECK_FALSE(fresh.destroy().value());
    CHECK(c.bucket("s3://cloud").create().error().http_status == 400);
}

TEST_CASE("a file is read while it is sent") {
    bucket_cluster c;
    temporary_folder folder;
    auto const path = folder.path() / "file";
    auto const bytes = bytes_of(2'500'000);
    std::ofstream(path, std::ios::binary) << bytes;
    std::atomic<std::uint64_t> most{0};
    auto const put =
        c.bucket().put_file("o", path, {}, [&](std::uint64_t sent) { most = std::max(most.load(), sent); });
    REQUIRE(put.has_value());
    CHECK(put->size == bytes.size());
    CHECK(most == bytes.size());
    CHECK(c.bucket().get("o")->text() == bytes);
    for (auto const& bad : {folder.path() / "none", folder.path()}) {
        auto const e = c.bucket().put_file("p", bad).error();
        CHECK(e.code == errc::invalid_argument);
        CHECK_THAT(e.text, Contains(bad.string()));
    }
    CHECK_FALSE(c.bucket().exists("p").value());
}

TEST_CASE("clusters with a token, with TLS and without are used as for batches") {
    playground::server_options o;
    o.token = "secret";
    bucket_cluster c(o);
    auto const refused = c.bucket().put("o", "x").error();
    CHECK(refused.http_status == 401);
    engine_options how;
    how.endpoint = c.server.endpoint();
    how.credentials = {.token = "secret", .token_file = {}};
    engine with_token(how);
    auto const b = with_token.bucket("ais://b");
    CHECK(b.put("o", "x").has_value());
    CHECK(b.get("o")->text() == "x");
    CHECK(names_in(b.list()) == std::vector<std::string>{"o"});
}

TEST_CASE("objects of a cloud are described without being fetched, and fetched by get()") {
    playground::server_options o;
    o.cold = {"s3://cloud"};
    bucket_cluster c(o);
    auto const cloud = c.bucket("s3://cloud");
    REQUIRE(cloud.put("o", "bytes").has_value());
    c.server.evict("s3://cloud");
    CHECK_FALSE(cloud.head("o")->cached);
    CHECK(cloud.list().next_page()->front().cached == false);
    CHECK(names_in(cloud.list({}, {.cached_only = true})).empty());
    CHECK(cloud.get("o")->text() == "bytes");
    CHECK(cloud.head("o")->cached);
}

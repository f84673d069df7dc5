#include "output/member_path.hpp"

#include "flags/bucket_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace aisle;
using namespace aisle::cli;

namespace {

std::string path_of(entry const& e) {
    auto const path = member_path(e);
    return path ? join_path(*path) : "refused";
}

}  // namespace

TEST_CASE("a path is bucket, object and member") {
    CHECK(path_of({"ais://b", "o", "", "", {}}) == "b/o");
    CHECK(path_of({"ais://b", "d/o.tar", "x/y.jpg", "", {}}) == "b/d/o.tar/x/y.jpg");
    CHECK(path_of({"ais://b", "..o", "", "", {}}) == "b/..o");
}

TEST_CASE("buckets of the same name from two providers do not collide") {
    CHECK(path_of({"s3://b", "o", "", "", {}}) == "s3:b/o");
    CHECK(path_of({"aws://b", "o", "", "", {}}) == "s3:b/o");
    CHECK(path_of({"gs://b", "o", "", "", {}}) == "gs:b/o");
}

TEST_CASE("buckets of the same name in two namespaces do not collide") {
    CHECK(path_of({"ais://@uuid#ns/b", "o", "", "", {}}) == "@uuid#ns:b/o");
    CHECK(path_of({"ais://#ns/b", "o", "", "", {}}) == "#ns:b/o");
    CHECK(path_of({"s3://@uuid/b", "o", "", "", {}}) == "s3:@uuid:b/o");
    CHECK(path_of({"ais://@uuid/b/c", "o", "", "", {}}) == "refused");
}

TEST_CASE("a name that could lead out of the folder is refused") {
    for (std::string name : {"../o", "a/../o", "a/..", "..", ".", "./o", "a/./o", "/etc/passwd", "a//o", "a/", ""}) {
        INFO(name);
        CHECK(path_of({"ais://b", name, "", "", {}}) == "refused");
        if (!name.empty()) {
            CHECK(path_of({"ais://b", "shard.tar", name, "", {}}) == "refused");
        }
    }
    CHECK(path_of({"ais://b", std::string("a\0b", 3), "", "", {}}) == "refused");
    CHECK(path_of({"ais://..", "o", "", "", {}}) == "refused");
    CHECK(path_of({"ais://", "o", "", "", {}}) == "refused");
    CHECK(path_of({"ais://a/b", "o", "", "", {}}) == "refused");
}

TEST_CASE("a bucket is split into provider, namespace and name") {
    auto const parts_of = [](std::string_view text) {
        auto const [provider, name_space, name] = split_bucket(text);
        return std::string(provider) + '|' + std::string(name_space) + '|' + std::string(name);
    };
    CHECK(parts_of("ais://b") == "ais||b");
    CHECK(parts_of("b") == "||b");
    CHECK(parts_of("s3://@u#n/b/o") == "s3|@u#n|b/o");
    CHECK(parts_of("ais://#n/b") == "ais|#n|b");
    CHECK(parts_of("ais://@u") == "ais||@u");
    CHECK(parts_of("://b") == "||b");
}

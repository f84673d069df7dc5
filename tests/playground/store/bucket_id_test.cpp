#include "store/bucket_id.hpp"

#include <catch2/catch.hpp>

using namespace aisle::playground;

TEST_CASE("a bucket is parsed from its canonical name") {
    for (auto const* uri : {"ais://b", "s3://b", "gs://b", "az://b", "oc://b", "ais://#n/b", "ais://@u/b",
                            "ais://@u#n/b", "s3://#n/b-1_x.y"}) {
        INFO(uri);
        CHECK(bucket_id::parse(uri).value().uri() == uri);
    }
    CHECK(bucket_id::parse("b").value() == bucket_id{"b"});
    CHECK(bucket_id::parse("aws://b").value().uri() == "s3://b");
    CHECK(bucket_id::parse("ais://@#/b").value() == bucket_id{"b"});
    for (auto const* bad : {"", "ais://", "ht://b", "S3://b", "ais://b/o", "ais://#n", "ais://#n/", "ais://# n/b",
                            "ais://.b", "ais://a b"})
        CHECK(!bucket_id::parse(bad));
}

TEST_CASE("a namespace is parsed as in AIStore") {
    auto const parts = [](std::string_view text) {
        auto const space = bucket_namespace::parse(text).value();
        return space.uuid + "|" + space.name;
    };
    CHECK(parts("") == "|");
    CHECK(parts("@#") == "|");
    CHECK(parts("#n") == "|n");
    CHECK(parts("@#n") == "|n");
    CHECK(parts("@u") == "u|");
    CHECK(parts("u") == "u|");
    CHECK(parts("@u#n") == "u|n");
    CHECK(!bucket_namespace::parse("@u#n#m"));
    CHECK(!bucket_namespace::parse("a b"));
    CHECK(!bucket_namespace::parse("#../x"));
    CHECK(bucket_namespace{"u", "n"}.text() == "@u#n");
    CHECK(bucket_namespace{}.text().empty());
}

TEST_CASE("a uname names a bucket, and ends with a slash") {
    auto const id = bucket_id::parse_uname("aws/@u#n/b/").value();
    CHECK(id == bucket_id{"b", "aws", {"u", "n"}});
    CHECK(bucket_id::parse_uname("ais/@#/b/").value() == bucket_id{"b"});
    CHECK(bucket_id::parse_uname("ais/@#n/b/").value().uri() == "ais://#n/b");
    for (auto const* bad : {"", "b", "ais/@#/b", "ais/@#/b/o", "ais/@#/b/o/", "ais/@#//", "ais/#n/b/", "ais/@#"})
        CHECK(!bucket_id::parse_uname(bad));
}

TEST_CASE("providers have two names each, in lower case") {
    CHECK(canonical_provider("") == "ais");
    CHECK(canonical_provider("s3") == "aws");
    CHECK(canonical_provider("azure") == "azure");
    CHECK(canonical_provider("gs") == "gcp");
    CHECK(canonical_provider("oc") == "oci");
    for (auto const* bad : {"ht", "hdfs", "AIS", "S3", "ais://"}) CHECK(!canonical_provider(bad));
    CHECK(scheme_of("aws") == "s3");
    CHECK(scheme_of("ais") == "ais");
}

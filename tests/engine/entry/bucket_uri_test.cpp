#include <catch2/catch.hpp>

#include <entry/bucket_uri.hpp>

using namespace aisle;
using namespace aisle::detail;

namespace {

batch of(std::initializer_list<char const*> buckets) {
    batch b;
    for (auto const* bucket : buckets) b.add(bucket, "o");
    return b;
}

}  // namespace

TEST_CASE("a stream keeps one bucket in its URLs while its batches have entries in it") {
    CHECK(path_bucket_of(of({"ais://a", "ais://b"}), "") == "ais://a");
    CHECK(path_bucket_of(of({"ais://b", "ais://a"}), "ais://a") == "ais://a");
    CHECK(path_bucket_of(of({"ais://b", "ais://c"}), "ais://a") == "ais://b");
    CHECK(path_bucket_of(of({}), "ais://a") == "ais://a");
}

TEST_CASE("a bucket in a namespace must be in the URL, because an entry cannot name one") {
    CHECK(path_bucket_of(of({"ais://a", "ais://@u#n/b"}), "ais://a") == "ais://@u#n/b");
    CHECK(path_bucket_of(of({"ais://#m/b", "ais://#n/b"}), "ais://#n/b") == "ais://#n/b");
    CHECK(path_bucket_of(of({"ais://a"}), "ais://#n/b") == "ais://a");
    CHECK(!needs_unames(of({"ais://a", "ais://#n/b"}), "ais://#n/b"));
    CHECK(needs_unames(of({"ais://#m/b", "ais://#n/b"}), "ais://#n/b"));
    CHECK(!needs_unames(of({"ais://a", "s3://b"}), "ais://a"));
}

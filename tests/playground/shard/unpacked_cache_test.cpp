#include "shard/unpacked_cache.hpp"

#include <catch2/catch.hpp>

using namespace aisle::playground;

namespace {

std::shared_ptr<unpacked const> of_size(std::size_t bytes) {
    return std::make_shared<unpacked const>(unpacked{std::string(bytes, 'x'), {}});
}

}  // namespace

TEST_CASE("the cache drops what was not used for longest, and stays within its limit") {
    unpacked_cache cache(10'000);
    for (auto const* key : {"a", "b", "c"}) cache.keep(key, of_size(3000));
    CHECK(cache.find("a"));
    cache.keep("d", of_size(3000));
    CHECK(!cache.find("b"));
    CHECK(cache.find("a"));
    CHECK(cache.find("c"));
    CHECK(cache.find("d"));
    cache.keep("e", of_size(9000));
    for (auto const* key : {"a", "b", "c", "d"}) CHECK(!cache.find(key));
    CHECK(cache.find("e"));
    cache.keep("huge", of_size(20'000));
    CHECK(!cache.find("huge"));
    CHECK(!cache.find("e"));
}

TEST_CASE("a new value replaces that of the same key") {
    unpacked_cache cache(10'000);
    cache.keep("a", of_size(4000));
    cache.keep("a", of_size(5000));
    cache.keep("b", of_size(4000));
    CHECK(cache.find("a")->bytes.size() == 5000);
    CHECK(cache.find("b"));
    auto const held = cache.find("a");
    cache.keep("c", of_size(9500));
    CHECK(!cache.find("a"));
    CHECK(held->bytes.size() == 5000);
}

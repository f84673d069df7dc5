#include "world/many_worlds.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

using namespace aisle::simulation;

TEST_CASE("every entry that exists arrives, once and in order, in every world") {
    char const* const given = std::getenv("AISLE_SIM_WORLDS");
    auto const s = run_worlds(1, given ? std::strtoull(given, nullptr, 10) : 20'000, std::cout, false);
    std::cout << to_text(s) << '\n';
    for (auto const& [seed, law] : s.failed) UNSCOPED_INFO("seed " << seed << ": " << law);
    CHECK(s.failed.empty());
    if (!s.failed.empty()) replay(s.failed.front().first, std::cout);
}

// Beyond the worlds above, each for another fault; README.md lists what they broke.
TEST_CASE("worlds that once failed pass") {
    for (std::uint64_t const seed : {151772u, 201541u, 237394u, 267586u}) {
        INFO("seed " << seed);
        CHECK(run_worlds(seed, 1, std::cout, false).failed.empty());
    }
}

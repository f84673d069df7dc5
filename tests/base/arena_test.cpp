#include <aisle/arena.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

using aisle::arena;

TEST_CASE("pieces of an arena do not overlap, are aligned, and keep what is written until the reset") {
    arena a;
    for (int round = 0; round < 3; ++round) {
        std::vector<std::pair<unsigned char*, std::size_t>> pieces;
        for (std::size_t i = 1; i < 300; ++i) {
            auto const bytes = i * 7 % 401 + 1;
            auto* const p = static_cast<unsigned char*>(a.allocate(bytes));
            CHECK(reinterpret_cast<std::uintptr_t>(p) % alignof(std::max_align_t) == 0);
            std::memset(p, static_cast<int>(i % 251), bytes);
            pieces.emplace_back(p, bytes);
        }
        bool right = true;
        for (std::size_t i = 0; i < pieces.size(); ++i)
            for (std::size_t j = 0; j < pieces[i].second; ++j) right = right && pieces[i].first[j] == (i + 1) % 251;
        CHECK(right);
        a.reset();
    }
}

TEST_CASE("an arena gives out the same memory after a reset") {
    arena a;
    auto* const first = a.allocate(100);
    auto* const second = a.allocate(100);
    CHECK(first != second);
    a.reset();
    CHECK(a.allocate(100) == first);
    CHECK(a.allocate(100) == second);
}

TEST_CASE("an arena takes a piece of any size, none too") {
    arena a;
    a.reset();
    auto* const large = static_cast<unsigned char*>(a.allocate(100'000));
    std::memset(large, 1, 100'000);
    static_cast<void>(a.allocate(0));
    std::memset(a.allocate(1), 2, 1);
    CHECK(large[99'999] == 1);
    a.reset();
    std::memset(a.allocate(200'000), 3, 200'000);
}

#include <aisle/slab.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <thread>
#include <vector>

using namespace aisle;

TEST_CASE("a slab is at least as large as asked, with a readable tail") {
    slab_pool pool(64 << 20);
    for (std::size_t want :
         {std::size_t{1}, slab_pool::min_slab_bytes, slab_pool::min_slab_bytes + 1, std::size_t{5} << 20}) {
        auto s = pool.acquire(want);
        CHECK(s->capacity() >= want);
        CHECK(s->capacity() < 2 * std::max(want, slab_pool::min_slab_bytes));
        std::memset(s->data(), 0xff, s->capacity() + slab::tail_bytes);
    }
}

TEST_CASE("the last reference gives the slab back for reuse") {
    slab_pool pool(64 << 20);
    auto first = pool.acquire(1);
    auto* const address = first->data();
    CHECK(first->unique());
    auto copy = first;
    CHECK(!first->unique());
    first = {};
    CHECK(pool.in_use_bytes() == slab_pool::min_slab_bytes);
    copy = {};
    CHECK(pool.in_use_bytes() == 0);
    CHECK(pool.idle_bytes() == slab_pool::min_slab_bytes);
    CHECK(pool.acquire(1)->data() == address);
}

TEST_CASE("slabs in use and idle slabs together stay under the budget where the pool can choose") {
    slab_pool pool(2 * slab_pool::min_slab_bytes);
    std::vector<slab_ref> held;
    for (int i = 0; i < 5; ++i) held.push_back(pool.acquire(1));
    CHECK(pool.in_use_bytes() == 5 * slab_pool::min_slab_bytes);
    held.clear();
    CHECK(pool.in_use_bytes() == 0);
    CHECK(pool.idle_bytes() <= pool.budget_bytes());
}

TEST_CASE("a slab outlives its pool") {
    slab_ref survivor;
    {
        slab_pool pool(1 << 20);
        survivor = pool.acquire(1);
    }
    std::memset(survivor->data(), 1, survivor->capacity());
}

TEST_CASE("an absurd capacity is refused, not wrapped around") {
    slab_pool pool(1 << 20);
    CHECK_THROWS_AS(pool.acquire(std::size_t(-1)), std::bad_alloc);
}

TEST_CASE("slabs may be dropped on any thread") {
    slab_pool pool(8 << 20);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                auto s = pool.acquire(1 + static_cast<std::size_t>(i % 3) * slab_pool::min_slab_bytes);
                auto other = s;
                s->data()[0] = std::byte{1};
            }
        });
    for (auto& t : threads) t.join();
    CHECK(pool.in_use_bytes() == 0);
}

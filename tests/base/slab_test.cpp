#include <aisle/slab.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <memory>
#include <span>
#include <support/forked.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace aisle::test;

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

TEST_CASE("idle slabs of other sizes are freed before the pool grows beyond its budget") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(32 * unit);
    auto const held = [&] { return pool.in_use_bytes() + pool.idle_bytes(); };
    for (std::size_t const size : {unit, 2 * unit, 4 * unit, 8 * unit, 16 * unit}) {
        std::vector<slab_ref> out;
        for (std::size_t n = 0; n < 32 * unit / size; ++n) {
            out.push_back(pool.acquire(size));
            REQUIRE(held() <= pool.budget_bytes());
        }
        auto* const last = out.back()->data();
        out.clear();
        REQUIRE(pool.idle_bytes() == 32 * unit);
        CHECK(pool.acquire(size)->data() == last);  // the hottest
        CHECK(held() == 32 * unit);                 // what is reused frees nothing
    }
}

TEST_CASE("idle slabs are freed when those in use alone are over the budget") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(4 * unit);
    auto const first = pool.acquire(unit);
    pool.acquire(unit);  // and back
    REQUIRE(pool.idle_bytes() == unit);
    auto const large = pool.acquire(8 * unit);
    CHECK(pool.idle_bytes() == 0);
    CHECK(pool.in_use_bytes() == 9 * unit);
}

TEST_CASE("where a new slab would be over the budget, a somewhat larger idle one serves instead") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(8 * unit);
    auto const first = pool.acquire(4 * unit);
    auto* const idle = pool.acquire(4 * unit)->data();  // and back
    auto const small = pool.acquire(unit);
    CHECK(small->data() == idle);
    CHECK(small->capacity() == 4 * unit);
    CHECK(pool.in_use_bytes() == 8 * unit);
    CHECK(pool.idle_bytes() == 0);
}

TEST_CASE("a few slabs that return to a full pool are kept, as they are wanted at once") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(8 * unit);
    std::vector<slab_ref> in_use;
    for (int i = 0; i < 8; ++i) in_use.push_back(pool.acquire(1));
    std::vector<slab_ref> more;
    for (int i = 0; i < 8; ++i) more.push_back(pool.acquire(1));
    more.clear();
    CHECK(pool.idle_bytes() == 2 * unit);  // a quarter of the budget
    CHECK(pool.in_use_bytes() == 8 * unit);
    in_use.clear();
    CHECK(pool.idle_bytes() == 8 * unit);
}

TEST_CASE("a slab is enlarged with what is in it, and idle ones give way") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(40 * unit);
    auto const s = pool.acquire(20 * unit);
    REQUIRE(s->capacity() == 32 * unit);
    pool.acquire(8 * unit);  // and back
    REQUIRE(pool.idle_bytes() == 8 * unit);
    for (std::size_t i = 0; i < 32 * unit; i += 1000) s->data()[i] = static_cast<std::byte>(i / 1000);
    pool.enlarge(s, 33 * unit);
    CHECK(s->capacity() == 64 * unit);
    CHECK(pool.in_use_bytes() == 64 * unit);
    CHECK(pool.idle_bytes() == 0);
    for (std::size_t i = 0; i < 32 * unit; i += 1000) REQUIRE(s->data()[i] == static_cast<std::byte>(i / 1000));
    std::memset(s->data(), 1, s->capacity() + slab::tail_bytes);
    CHECK(s->unique());
    CHECK_THROWS_AS(pool.enlarge(s, std::size_t(-1)), std::bad_alloc);
#ifndef __SANITIZE_ADDRESS__  // ends the program in place of throwing
    CHECK_THROWS_AS(pool.enlarge(s, std::size_t{1} << 50), std::bad_alloc);
#endif
    CHECK(s->capacity() == 64 * unit);
    CHECK(pool.in_use_bytes() == 64 * unit);
}

namespace {

// Those from there on that are to one slab, or to none. Says how many.
std::size_t hand_over(std::vector<slab_ref>& refs, std::size_t from = 0) {
    auto const* const in = refs[from].get();
    auto at = from;
    for (; at < refs.size() && refs[at].get() == in; ++at)
        if (in) refs[at].hand_over();
    return at - from;
}

}  // namespace

TEST_CASE("a slab that only references handed over hold is the consumer's, and is counted once") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(64 * unit);
    auto receiving = pool.acquire(1);
    std::vector<slab_ref> samples(3, receiving);
    samples.resize(5);  // two of no slab
    samples.push_back(pool.acquire(1));
    CHECK(hand_over(samples) == 3);
    CHECK(hand_over(samples, 3) == 2);
    CHECK(hand_over(samples, 5) == 1);
    CHECK(pool.in_use_bytes() == unit);  // the first is still received into
    CHECK(pool.kept_bytes() == unit);
    CHECK(!receiving->unique());
    receiving = {};
    CHECK(pool.in_use_bytes() == 0);
    CHECK(pool.kept_bytes() == 2 * unit);
    CHECK(pool.idle_bytes() == 0);
    auto copy = samples.front();
    samples.clear();
    CHECK(pool.kept_bytes() == unit);
    CHECK(pool.idle_bytes() == unit);
    copy = {};
    CHECK(pool.kept_bytes() == 0);
    CHECK(pool.idle_bytes() == 2 * unit);
    CHECK(pool.acquire(1)->unique());
}

TEST_CASE("a slab whose samples are gone is the receiver's alone again") {
    slab_pool pool(8 << 20);
    auto receiving = pool.acquire(1);
    std::vector<slab_ref> samples(2, receiving);
    hand_over(samples);
    samples.pop_back();
    CHECK(!receiving->unique());
    samples.clear();
    CHECK(receiving->unique());
    CHECK(pool.in_use_bytes() == slab_pool::min_slab_bytes);
    CHECK(pool.kept_bytes() == 0);
}

TEST_CASE("what a consumer keeps leaves the budget to others, and what it gives back is reused within it") {
    constexpr std::size_t unit = slab_pool::min_slab_bytes;
    slab_pool pool(4 * unit);
    std::vector<slab_ref> kept;
    for (std::size_t i = 0; i < 100; ++i) {
        kept.push_back(pool.acquire(1));
        hand_over(kept, i);
    }
    CHECK(pool.in_use_bytes() == 0);
    CHECK(pool.kept_bytes() == 100 * unit);
    kept.clear();
    CHECK(pool.kept_bytes() == 0);
    CHECK(pool.idle_bytes() == 4 * unit);
}

TEST_CASE("a slab outlives its pool") {
    slab_ref survivor;
    {
        slab_pool pool(1 << 20);
        survivor = pool.acquire(1);
    }
    std::memset(survivor->data(), 1, survivor->capacity());
    std::vector<slab_ref> kept(2, survivor);
    hand_over(kept);
    survivor = {};
    std::memset(kept.front()->data(), 1, kept.front()->capacity());
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

TEST_CASE("receivers and consumers may let go of a slab at the same time") {
    slab_pool pool(8 << 20);
    for (int i = 0; i < 3'000; ++i) {
        auto receiving = pool.acquire(1);
        std::vector<slab_ref> samples(4, receiving);
        std::vector<slab_ref> waiting(2, receiving);
        std::thread consumer([&, mine = std::move(samples)]() mutable {
            hand_over(mine);
            mine.clear();
        });
        receiving = {};
        hand_over(waiting);
        waiting.clear();
        consumer.join();
        REQUIRE(pool.in_use_bytes() == 0);
        REQUIRE(pool.kept_bytes() == 0);
        REQUIRE(pool.idle_bytes() == slab_pool::min_slab_bytes);
    }
}

TEST_CASE("a forked child drops slabs of its parent's, whatever the parent's threads were at", forks_beside_threads) {
    auto pool = std::make_unique<slab_pool>(8 << 20);
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            while (!over) pool->acquire(1);  // under the pool's lock for most of the time
        });
    int status = 0;
    for (int i = 0; i < 200 && status == 0; ++i) {
        auto mine = pool->acquire(1);
        std::vector<slab_ref> kept(3, pool->acquire(1));
        status = in_child([&] {
            mine = {};
            hand_over(kept);
            kept.clear();
            pool.reset();
            return 0;
        });
    }
    over = true;
    for (auto& t : threads) t.join();
    CHECK(status == 0);
}

TEST_CASE("slabs come from the caller's memory, and go back to it when the last is gone") {
    struct counting final : std::pmr::memory_resource {
        void* do_allocate(std::size_t bytes, std::size_t alignment) override {
            REQUIRE(alignment == 4096);
            out += bytes;
            return std::pmr::new_delete_resource()->allocate(bytes, alignment);
        }
        void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
            out -= bytes;
            std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
        }
        bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
        std::size_t out = 0;
    };
    auto const memory = std::make_shared<counting>();
    slab_ref kept;
    {
        slab_pool pool(std::size_t{64} << 20, memory);
        kept = pool.acquire(1);
        kept->data()[5] = std::byte{7};
        CHECK(memory->out == slab_pool::min_slab_bytes + slab::tail_bytes);
        pool.enlarge(kept, std::size_t{8} << 20);
        pool.enlarge(kept, std::size_t{16} << 20);
        CHECK(kept->data()[5] == std::byte{7});
        CHECK(memory->out == (std::size_t{16} << 20) + slab::tail_bytes);
        static_cast<void>(pool.acquire(1));
        CHECK(memory->out > (std::size_t{16} << 20) + slab::tail_bytes);  // kept for reuse
    }
    CHECK(memory->out == (std::size_t{16} << 20) + slab::tail_bytes);
    kept = {};
    CHECK(memory->out == 0);
}

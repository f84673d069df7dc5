#include <aisle/recycler.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using namespace aisle;

namespace {

// On a thread of its own, whose store is empty.
template <class F>
void on_a_thread(F f) {
    std::thread(f).join();
}

struct thing : recycled_object {
    std::uint64_t words[20] = {};
};

bool keeps_anything() {
    bool out = false;
    on_a_thread([&] {
        recycler::give_back(recycler::take(100), 100);
        out = recycler::kept_bytes() > 0;
    });
    return out;
}

}  // namespace

TEST_CASE("a piece of memory that was given back is the next one of its size") {
    if (!keeps_anything()) return;  // under AddressSanitizer
    on_a_thread([] {
        auto* const first = recycler::take(1000);
        auto* const second = recycler::take(1000);
        CHECK(first != second);
        recycler::give_back(first, 1000);
        CHECK(recycler::kept_bytes() >= 1000);
        auto* const small = recycler::take(100);
        CHECK(small != first);
        CHECK(recycler::take(990) == first);
        CHECK(recycler::kept_bytes() == 0);
        recycler::give_back(first, 990);
        recycler::give_back(second, 1000);
        recycler::give_back(small, 100);
        CHECK(recycler::kept_bytes() >= 2100);
    });
}

TEST_CASE("pieces of all sizes are aligned and large enough, whatever is given back in between") {
    on_a_thread([] {
        std::vector<std::pair<void*, std::size_t>> out;
        for (int round = 0; round < 3; ++round) {
            for (std::size_t bytes = 0; bytes < 2 * recycler::most_piece_bytes; bytes += 1 + bytes / 9) {
                auto* const p = recycler::take(bytes);
                CHECK(reinterpret_cast<std::uintptr_t>(p) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);
                std::memset(p, 0x5a, bytes);
                out.emplace_back(p, bytes);
            }
            for (auto const& [p, bytes] : std::exchange(out, {})) recycler::give_back(p, bytes);
        }
        CHECK(recycler::kept_bytes() <= recycler::most_kept_bytes);
    });
}

TEST_CASE("a store keeps no more than its bound, and none of the large pieces") {
    on_a_thread([] {
        recycler::give_back(recycler::take(recycler::most_piece_bytes + 1), recycler::most_piece_bytes + 1);
        CHECK(recycler::kept_bytes() == 0);
        std::vector<void*> all;
        for (std::size_t i = 0; i < 2 * recycler::most_kept_bytes / 4096; ++i) all.push_back(recycler::take(4096));
        for (auto* const p : all) recycler::give_back(p, 4096);
        CHECK(recycler::kept_bytes() <= recycler::most_kept_bytes);
    });
}

TEST_CASE("memory may be given back on another thread") {
    auto* const p = recycler::take(500);
    auto const before = recycler::kept_bytes();
    on_a_thread([&] { recycler::give_back(p, 500); });
    CHECK(recycler::kept_bytes() == before);
}

TEST_CASE("containers, shared pointers and objects take their memory from the recycler") {
    on_a_thread([] {
        {
            std::list<int, recycled<int>> list{1, 2, 3};
            std::vector<std::uint64_t, recycled<std::uint64_t>> vector(100, 7);
            auto const shared = std::allocate_shared<std::vector<int>>(recycled<int>(), 3, 9);
            auto const own = std::make_unique<thing>();
            auto other = list;
            list.swap(other);
            CHECK(list.back() == 3);
            CHECK(vector.back() == 7);
            CHECK(shared->back() == 9);
            CHECK(own->words[19] == 0);
        }
        if (keeps_anything()) CHECK(recycler::kept_bytes() > sizeof(thing) + 800);
    });
}

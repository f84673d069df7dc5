#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <stream/delivery.hpp>
#include <support/blocks.hpp>

using namespace aisle;
using detail::delivery;
using test::empty_samples;

namespace {

using place = std::pair<std::uint64_t, std::uint32_t>;

void take_all(delivery& d, std::vector<place>& seen) {
    auto taken = d.take();
    auto const samples = taken.samples();
    auto const now = test::places_of(std::move(taken));
    CHECK(samples == now.size());
    seen.insert(seen.end(), now.begin(), now.end());
}

}  // namespace

TEST_CASE("the head's samples are ready immediately, later batches wait in their slots") {
    delivery d(batch_order::submitted);
    d.open();
    d.open();
    std::vector<place> seen;
    auto early = empty_samples(1, 0, 2);
    d.push(1, early);
    CHECK(!d.has_ready());
    auto head = empty_samples(0, 0, 1);
    d.push(0, head);
    CHECK(head.empty());
    take_all(d, seen);
    CHECK(seen == std::vector<place>{{0, 0}});
    d.answered(1);
    CHECK(d.held_batches() == 2);
    d.answered(0);
    take_all(d, seen);
    CHECK(seen == std::vector<place>{{0, 0}, {1, 0}, {1, 1}});
    CHECK(d.held_batches() == 0);
}

TEST_CASE("with batch_order::completed, whole batches are ready as they complete") {
    delivery d(batch_order::completed);
    d.open();
    d.open();
    auto first = empty_samples(0, 0, 1);
    d.push(0, first);
    CHECK(!d.has_ready());
    auto second = empty_samples(1, 0, 2);
    d.push(1, second);
    d.answered(1);
    std::vector<place> seen;
    take_all(d, seen);
    CHECK(seen == std::vector<place>{{1, 0}, {1, 1}});
    CHECK(d.held_batches() == 1);
    d.answered(0);
    take_all(d, seen);
    CHECK(seen.back() == place{0, 0});
    CHECK(d.held_batches() == 0);
}

TEST_CASE("an empty batch is not held once answered") {
    delivery d(batch_order::submitted);
    d.open();
    d.answered(0);
    CHECK(d.held_batches() == 0);
}

TEST_CASE("any order of events returns every sample once, in order") {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        auto const order = round % 2 ? batch_order::submitted : batch_order::completed;
        delivery d(order);
        std::vector<std::uint32_t> sizes;
        std::vector<std::uint32_t> pushed;
        std::vector<place> seen;
        std::vector<std::uint64_t> open;
        std::size_t expected = 0;
        while (sizes.size() < 20 || !open.empty()) {
            if (sizes.size() < 20 && (open.empty() || random() % 3 == 0)) {
                open.push_back(sizes.size());
                sizes.push_back(static_cast<std::uint32_t>(random() % 6));
                pushed.push_back(0);
                expected += sizes.back();
                d.open();
            } else {
                auto const at = static_cast<std::ptrdiff_t>(random() % open.size());
                auto const n = open[static_cast<std::size_t>(at)];
                if (pushed[n] < sizes[n]) {
                    auto const count = static_cast<std::uint32_t>(1 + random() % (sizes[n] - pushed[n]));
                    auto some = empty_samples(n, pushed[n], count);
                    d.push(n, some);
                    pushed[n] += count;
                } else {
                    d.answered(n);
                    open.erase(open.begin() + at);
                }
            }
            if (random() % 2) take_all(d, seen);
        }
        take_all(d, seen);
        CHECK(seen.size() == expected);
        CHECK(d.held_batches() == 0);
        if (order == batch_order::submitted) CHECK(std::is_sorted(seen.begin(), seen.end()));
        std::sort(seen.begin(), seen.end());
        CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    }
}

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <stream/delivery.hpp>
#include <stream/sample_access.hpp>

using namespace aisle;
using detail::delivery;

namespace {

std::vector<sample> samples_of(std::uint64_t batch_number, std::uint32_t first, std::uint32_t count) {
    static auto const answered = [] {
        batch b{"ais://b"};
        for (int i = 0; i < 100; ++i) b.add("o" + std::to_string(i));
        return std::make_shared<detail::answer const>(detail::answer{std::make_shared<batch const>(b), {}, {}});
    }();
    std::vector<sample> out;
    for (std::uint32_t i = 0; i < count; ++i)
        out.push_back(detail::sample_access::make(answered, batch_number, first + i));
    return out;
}

using place = std::pair<std::uint64_t, std::uint32_t>;

void take_all(delivery& d, std::vector<place>& seen) {
    std::vector<sample> taken;
    d.take(taken);
    for (auto const& s : taken) seen.emplace_back(s.batch(), s.index());
}

}  // namespace

TEST_CASE("the head's samples go straight to the consumer, later batches wait in their slots") {
    delivery d(batch_order::submitted);
    d.open();
    d.open();
    std::vector<place> seen;
    auto early = samples_of(1, 0, 2);
    d.push(1, early);
    CHECK(!d.has_ready());
    auto head = samples_of(0, 0, 1);
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

TEST_CASE("whole batches come as they finish when asked for so") {
    delivery d(batch_order::completed);
    d.open();
    d.open();
    auto first = samples_of(0, 0, 1);
    d.push(0, first);
    CHECK(!d.has_ready());
    auto second = samples_of(1, 0, 2);
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

TEST_CASE("an empty batch is held by nobody once answered") {
    delivery d(batch_order::submitted);
    d.open();
    d.answered(0);
    CHECK(d.held_batches() == 0);
}

TEST_CASE("any order of events gives every sample once, in order") {
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
                    auto some = samples_of(n, pushed[n], count);
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

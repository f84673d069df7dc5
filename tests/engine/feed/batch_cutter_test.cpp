#include <catch2/catch.hpp>

#include <feed/batch_cutter.hpp>
#include <limits>
#include <random>
#include <string>

using namespace aisle;
using namespace std::chrono_literals;
using detail::batch_cutter;

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
constexpr batch_cutter::clock::time_point start{1h};

entry numbered(std::uint64_t i, std::optional<std::uint64_t> size = {}) {
    return {.bucket = "ais://b", .object = std::to_string(i), .expected_size = size};
}

void add(batch_cutter& c, std::uint64_t from, std::uint64_t to, batch_cutter::clock::time_point now = start) {
    for (auto i = from; i < to; ++i) c.add(numbered(i), now);
}

}  // namespace

TEST_CASE("a batch is cut when it is full, and not before its oldest entry has waited long enough") {
    batch_cutter c(no_limit, 5ms);
    CHECK_FALSE(c.next(10, 1, start));
    CHECK_FALSE(c.due());
    add(c, 0, 9);
    CHECK_FALSE(c.next(10, 1, start));
    CHECK(c.due() == start + 5ms);
    add(c, 9, 12, start + 1ms);
    CHECK(c.next(10, 1, start)->size() == 10);
    CHECK(c.waiting() == 2);
    CHECK(c.due() == start + 6ms);
    CHECK_FALSE(c.next(10, 1, start + 5ms));
    CHECK(c.next(10, 1, start + 6ms)->size() == 2);
    CHECK_FALSE(c.due());
    CHECK_FALSE(c.exhausted());
    add(c, 12, 13);
    c.end();
    CHECK(c.next(10, 1, start)->size() == 1);
    CHECK(c.exhausted());
}

TEST_CASE("a batch of large entries has fewer of them, but at least one") {
    batch_cutter c(1000, 5ms);
    add(c, 0, 10);
    CHECK(c.next(10, 300, start)->size() == 3);
    c.add(numbered(10, 5'000), start);
    c.add(numbered(11, 5'000), start);
    CHECK(c.next(10, 1, start)->size() == 7);  // known sizes count
    CHECK(c.next(10, 1, start)->size() == 1);
    CHECK_FALSE(c.next(10, 1, start));  // small entries may follow
    CHECK(c.next(10, 1, start + 5ms)->size() == 1);
}

TEST_CASE("a submitted batch stays one batch, in its place") {
    batch_cutter c(no_limit, 1h);
    add(c, 0, 3);
    batch whole("ais://b");
    for (int i = 0; i < 50; ++i) whole.add("w");
    c.add(whole);
    c.add(batch("ais://b"));
    add(c, 3, 4);
    CHECK(c.waiting() == 54);
    CHECK(c.next(10, 1, start)->size() == 3);
    CHECK(c.due() == batch_cutter::clock::time_point::min());
    CHECK(c.next(10, 1, start)->size() == 50);
    CHECK(c.next(10, 1, start)->size() == 0);
    CHECK_FALSE(c.next(10, 1, start));
    CHECK(c.due() == start + 1h);
    c.end();
    CHECK(c.next(10, 1, start)->size() == 1);
}

TEST_CASE("an entry may wait without limit") {
    batch_cutter c(no_limit, std::chrono::milliseconds::max());
    add(c, 0, 1);
    CHECK(c.due() > start + 24h * 365 * 50);
    CHECK_FALSE(c.next(2, 1, start + 1h));
}

TEST_CASE("in any order of calls, every entry is in one batch, in order") {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        batch_cutter c(random() % 2 ? no_limit : 200, std::chrono::milliseconds(random() % 4));
        std::uint64_t added = 0, seen = 0;
        auto now = start;
        for (int step = 0; step < 200; ++step) {
            now += std::chrono::milliseconds(random() % 2);
            auto const size = 1 + static_cast<unsigned>(random() % 9);
            if (random() % 8 == 0) {
                batch b("ais://b");
                for (auto n = random() % 5; n > 0; --n) b.add(numbered(added++));
                c.add(std::move(b));
            } else if (random() % 3) {
                c.add(numbered(added++, random() % 3 ? std::optional<std::uint64_t>() : random() % 300), now);
            }
            if (step == 199) c.end();
            while (auto b = c.next(size, 50, now))
                for (auto const& e : b->entries()) REQUIRE(e.object == std::to_string(seen++));
            REQUIRE(c.waiting() == added - seen);
        }
        REQUIRE(c.exhausted());
        REQUIRE(seen == added);
    }
}

TEST_CASE("a full batch is due before its oldest entry has waited") {
    batch_cutter c(1000, 1h);
    add(c, 0, 3);
    CHECK_FALSE(c.is_full(4, 300));
    CHECK(c.is_full(3, 300));
    CHECK(c.is_full(4, 400));
    c.add(numbered(3, 200), start);
    CHECK_FALSE(c.is_full(10, 250));
    CHECK(c.is_full(10, 300));
    CHECK(c.next(10, 300, start)->size() == 3);
    CHECK_FALSE(c.is_full(10, 300));
    c.add(batch("ais://b"));
    CHECK(c.is_full(10, 300));
    CHECK(c.next(10, 300, start)->size() == 1);
    CHECK(c.next(10, 300, start)->size() == 0);
    CHECK_FALSE(c.is_full(10, 300));
}

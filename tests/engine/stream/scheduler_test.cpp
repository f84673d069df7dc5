#include <catch2/catch.hpp>

#include <stream/scheduler.hpp>
#include <utility>

using namespace aisle::detail;

namespace {

memory_view roomy() {
    memory_view m;
    m.budget_bytes = 256 << 20;
    return m;
}

}  // namespace

TEST_CASE("a fixed window is filled and not exceeded") {
    scheduler s(3);
    for (unsigned i = 0; i < 3; ++i) {
        CHECK(s.may_start(i, roomy()));
        s.started(1, {});
    }
    CHECK(!s.may_start(3, roomy()));
    s.answered(10, 1000, {});
    CHECK(s.tails() == 1);
    CHECK(s.may_start(2, roomy()));
    s.ended();
    CHECK(s.active() == 2);
    CHECK(!s.idle());
}

TEST_CASE("without memory only the first batch in order may start") {
    scheduler s(8);
    auto full = roomy();
    full.in_use_bytes = full.budget_bytes;
    CHECK(s.may_start(0, full));
    s.started(1, {});
    CHECK(!s.may_start(1, full));
    s.answered(1, 1, {});
    CHECK(!s.may_start(1, full));  // its samples are not taken yet
    CHECK(s.may_start(0, full));
    full.in_use_bytes = 0;
    full.reserved_bytes = full.budget_bytes;
    s.started(1, {});
    CHECK(!s.may_start(1, full));
}

TEST_CASE("a batch starts if one as large as the previous one fits into the budget") {
    scheduler s(8);
    s.started(1000, {});
    s.saw(1, 100'000, {});
    auto held = roomy();
    held.reserved_bytes = held.budget_bytes - 100'000'000;
    CHECK(s.may_start(1, held));
    ++held.reserved_bytes;
    CHECK_FALSE(s.may_start(1, held));
    CHECK(s.may_start(1, [&] {
        s.started(10, {});
        return held;
    }()));
    held.reserved_bytes = 0;
    s.started(1'000'000, {});  // larger than the budget
    CHECK(s.may_start(3, held));
    held.in_use_bytes = 1;
    CHECK_FALSE(s.may_start(3, held));
}

TEST_CASE("a consumer that takes nothing stops new requests") {
    scheduler s(4);
    std::size_t held = 0;
    while (s.may_start(held, roomy())) {
        s.started(1, {});
        s.answered(1, 1, {});
        s.ended();
        ++held;
        REQUIRE(held < 100);
    }
    CHECK(held == 10);
}

TEST_CASE("answers that never end do not pile up, and fewer with little memory") {
    using limit = std::pair<std::size_t, unsigned>;
    for (auto const& [budget, most] :
         {limit{256 << 20, scheduler::most_tails}, limit{32 << 20, 16}, limit{1 << 20, scheduler::least_tails}}) {
        memory_view memory;
        memory.budget_bytes = budget;
        scheduler s(2);
        unsigned tails = 0;
        for (; s.may_start(0, memory); ++tails) {
            s.started(1, {});
            s.answered(1, 1, {});
            REQUIRE(tails < 100);
        }
        CHECK(tails == most);
        s.ended();
        CHECK(s.may_start(0, memory));
    }
}

TEST_CASE("while sizes are unknown, no more batches start than fit if samples are large") {
    scheduler s(0);
    auto memory = roomy();
    unsigned started = 0;
    for (; s.may_start(started, memory); ++started) {
        memory.reserved_bytes += s.expected_bytes(100);
        s.started(100, {});
        REQUIRE(started < 100);
    }
    CHECK(started == 3);  // 300 MiB: the last one exceeds the budget
    // The first sample shows that they are small.
    s.saw(1, 10'240, {});
    memory.reserved_bytes = 3 * s.expected_bytes(100);
    CHECK(s.may_start(started, memory));
}

TEST_CASE("the size of samples is learned") {
    scheduler s(4);
    CHECK(s.expected_bytes(128) == 128 * 1024 * 1024);
    s.started(1, {});
    s.answered(128, 128 * 1000, {});
    CHECK(s.expected_bytes(128) == 128 * 1000);
    for (int i = 0; i < 100; ++i) {
        s.ended();
        s.started(1, {});
        s.answered(10, 10 * 5000, {});
    }
    CHECK(s.expected_bytes(10) == Approx(50'000).epsilon(0.01));
}

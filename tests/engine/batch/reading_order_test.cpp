#include <catch2/catch.hpp>

#include <batch/reading_order.hpp>
#include <deque>
#include <memory>
#include <vector>

using namespace aisle::detail;

namespace {

/// Readers of one stream, and the order of their turns.
struct readers {
    reading_order order;
    std::vector<std::uint64_t> turns;
    std::vector<std::unique_ptr<reading_order::reader>> all;
    int stream = 0;

    reading_order::reader& add(std::uint64_t batch, void const* of = nullptr) {
        all.push_back(std::make_unique<reading_order::reader>(order, of ? of : &stream, batch,
                                                              [this, batch] { turns.push_back(batch); }));
        return *all.back();
    }
};

using list = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an answer waits while one of an earlier batch has more to read") {
    readers r;
    auto& third = r.add(3);
    auto& first = r.add(1);
    auto& second = r.add(2);
    CHECK_FALSE(third.must_wait());
    first.was_read(true);
    CHECK_FALSE(first.must_wait());
    CHECK(second.must_wait());
    CHECK(third.must_wait());
    first.was_read(false);
    CHECK_FALSE(second.must_wait());
    second.was_read(true);
    CHECK_FALSE(first.must_wait());
    CHECK(third.must_wait());
}

TEST_CASE("waiting readers get their turns in the order of their batches, until one has more") {
    readers r;
    auto& first = r.add(1);
    auto& second = r.add(2);
    auto& third = r.add(3);
    auto& fourth = r.add(4);
    first.was_read(true);
    fourth.wait();
    second.wait();
    third.wait();
    first.was_read(true);
    CHECK(r.turns.empty());
    first.was_read(false);
    CHECK(r.turns == list{2});
    first.was_read(false);  // it is the second reader's turn until its read has ended
    CHECK(r.turns == list{2});
    second.stop_waiting();
    second.was_read(false);
    CHECK(r.turns == list{2, 3});
    third.stop_waiting();
    third.was_read(true);
    CHECK(r.turns == list{2, 3});
    CHECK(fourth.must_wait());
    third.was_read(false);
    CHECK(r.turns == list{2, 3, 4});
}

TEST_CASE("when an answer ends, the next waiting reader has its turn") {
    readers r;
    r.add(1).was_read(true);
    r.add(2).wait();
    r.add(3).wait();
    r.all.erase(r.all.begin());
    CHECK(r.turns == list{2});
    r.all.erase(r.all.begin());  // cancelled in its turn
    CHECK(r.turns == list{2, 3});
}

TEST_CASE("a wait that ends by its time limit does not change the turns of others") {
    readers r;
    auto& first = r.add(1);
    auto& second = r.add(2);
    auto& third = r.add(3);
    first.was_read(true);
    second.wait();
    third.wait();
    third.stop_waiting();
    third.was_read(true);  // it read once, and must wait again
    CHECK(third.must_wait());
    third.wait();
    CHECK(r.turns.empty());
    first.was_read(false);
    CHECK(r.turns == list{2});
    second.stop_waiting();
    second.was_read(false);
    CHECK(r.turns == list{2, 3});
}

TEST_CASE("answers for the same batch, and for other streams, do not wait for each other") {
    readers r;
    int other = 0;
    r.add(1).was_read(true);
    CHECK_FALSE(r.add(1).must_wait());
    auto& elsewhere = r.add(2, &other);
    CHECK_FALSE(elsewhere.must_wait());
    elsewhere.was_read(true);
    CHECK(r.add(3, &other).must_wait());
    r.all.back()->wait();
    r.add(2).wait();
    elsewhere.was_read(false);
    CHECK(r.turns == list{3});
}

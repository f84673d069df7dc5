// Engines in forked children.
#include "../playground_process.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <support/forked.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace aisle::test;

namespace {

std::uint64_t right_of(engine& e, std::uint64_t first, std::uint64_t count) {
    std::uint64_t right = 0;
    auto const total = e.stream(made_up(first, count), {}, [&](sample s) { right += is_right(s); });
    return total ? right : 0;
}

}  // namespace

TEST_CASE("an engine used in a forked child starts again there, and the parent's continues", starts_threads_in_child) {
    cluster_process c(2'000, 5'000);
    engine e(c.for_engine());
    CHECK(right_of(e, 0, 50) == 50);
    auto stream = e.open(made_up_batches(20, 100), {.in_flight = 4});
    for (int i = 0; i < 150; ++i) REQUIRE(is_right(*stream.next()));

    REQUIRE(prepare_for_sanitizer());
    CHECK(in_child([&] {
              if (e.stats().samples_delivered != 0) return 2;
              if (right_of(e, 100, 60) != 60) return 3;
              // The child cannot use the parent's stream.
              auto const over = stream.finish();
              if (over.has_value() || over.error().code != errc::cancelled) return 4;
              return 0;
          }) == 0);
    // Destroying an engine that was never used in the child does not affect the parent's.
    REQUIRE(prepare_for_sanitizer());
    CHECK(in_child([&] {
              e.~engine();
              return 0;
          }) == 0);

    std::uint64_t left = 0;
    while (auto s = stream.next()) left += is_right(*s);
    CHECK(left == 2'000 - 150);
    CHECK(right_of(e, 0, 50) == 50);
}

TEST_CASE("several children at once read independently", starts_threads_in_child) {
    cluster_process c(400, 5'000);
    engine e(c.for_engine());
    CHECK(right_of(e, 0, 10) == 10);
    std::vector<pid_t> children;
    for (std::uint64_t worker = 0; worker < 4; ++worker) {
        REQUIRE(prepare_for_sanitizer());
        children.push_back(fork_child([&] { return right_of(e, worker * 100, 100) == 100 ? 0 : 1; }));
    }
    for (auto const child : children) CHECK(status_of(child) == 0);
}

TEST_CASE("the child uses and drops samples and streams of the parent, while the parent is active",
          starts_threads_in_child) {
    cluster_process c(2'000, 5'000);
    engine e(c.for_engine());
    auto stream = std::make_optional(e.open(made_up_batches(20, 100), {.in_flight = 8}));
    std::vector<sample> kept;
    std::uint64_t right = 0;
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 100; ++i) {
            auto s = stream->next();
            REQUIRE(s);
            right += is_right(*s);
            if (i % 10 == 0) kept.push_back(std::move(*s));
        }
        REQUIRE(prepare_for_sanitizer());
        CHECK(in_child([&] {
                  for (auto const& s : kept)
                      if (!is_right(s)) return 2;
                  kept.front().detach();
                  if (stream->next()) {
                      // What was delivered before the fork, and no more.
                      while (stream->next()) {
                      }
                  }
                  stream->cancel();
                  stream.reset();
                  auto const moved = std::move(kept);
                  return right_of(e, 100, 20) == 20 ? 0 : 3;
              }) == 0);
    }
    while (auto s = stream->next()) right += is_right(*s);
    CHECK(right == 2'000);
    for (auto const& s : kept) CHECK(is_right(s));
}

TEST_CASE("children are forked under load, and each drops what it inherits", forks_beside_threads) {
    cluster_process c(1'000, 20'000);
    auto o = c.for_engine();
    o.memory_budget_bytes = 4 << 20;
    engine e(o);
    std::atomic<bool> over{false};
    // Takes and drops without pause, so that some forks happen while the pool's lock is held.
    std::vector<std::thread> consumers;
    std::atomic<std::uint64_t> wrong{0};
    for (int t = 0; t < 2; ++t)
        consumers.emplace_back([&] {
            while (!over)
                for (auto const& s : e.get(made_up(0, 200))) wrong += !is_right(s);
        });
    auto mine = std::make_optional(e.open([] { return std::optional(made_up(0, 100)); }, {.in_flight = 4}));
    int status = 0;
    for (int i = 0; i < 200 && status == 0; ++i) {
        std::vector<sample> some;
        for (int k = 0; k < 20; ++k) some.push_back(*mine->next());
        status = in_child([&] {
            some.clear();
            mine.reset();
            return i % 20 == 0 && right_of(e, 0, 10) != 10 ? 2 : 0;
        });
    }
    over = true;
    for (auto& t : consumers) t.join();
    CHECK(status == 0);
    CHECK(wrong == 0);
}

TEST_CASE("after prepare_fork() children and parent continue, one fork after another", starts_threads_in_child) {
    auto const threads = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); };
    cluster_process c(1'000, 2'000);
    auto const others = threads();  // idle ones of Asio's system executor, if a test before this has used it
    engine e(c.for_engine());
    for (int i = 0; i < 10; ++i) {
        CHECK(right_of(e, 0, 50) == 50);
        REQUIRE(engine::prepare_fork());
        CHECK(threads() == others);
        for (int worker = 0; worker < 3; ++worker)
            CHECK(in_child([&] {
                      if (right_of(e, 100, 20) != 20) return 2;
                      if (!engine::prepare_fork()) return 3;
                      return right_of(e, 200, 20) == 20 ? 0 : 4;
                  }) == 0);
    }
    CHECK(e.stats().samples_delivered == 500);
}

TEST_CASE("streams that push resume automatically when the parent has forked") {
    cluster_process c(2'000, 5'000);
    engine e(c.for_engine());
    std::atomic<std::uint64_t> right{0};
    std::promise<result<summary>> done;
    e.start(
        made_up_batches(20, 100), {.in_flight = 2}, [&](sample s) { right += is_right(s); },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    for (int i = 0; i < 20; ++i) {
        REQUIRE(engine::prepare_fork());
        CHECK(in_child([] { return 0; }) == 0);
    }
    auto const total = done.get_future().get();
    REQUIRE(total.has_value());
    CHECK(right == 2'000);
}

TEST_CASE("with fork_resume::when_told, streams that push wait after a fork for resume_after_fork()") {
    cluster_process c(2'000, 5'000);
    engine e(c.for_engine());
    std::atomic<std::uint64_t> right{0};
    std::promise<result<summary>> done;
    e.start(
        made_up_batches(20, 100), {.in_flight = 2}, [&](sample s) { right += is_right(s); },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    REQUIRE(engine::prepare_fork(fork_resume::when_told));
    CHECK(in_child([] { return 0; }) == 0);
    auto const before = right.load();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(right == before);
    engine::resume_after_fork();
    auto const total = done.get_future().get();
    REQUIRE(total.has_value());
    CHECK(right == 2'000);
}

TEST_CASE("a child may fork, and its child too", starts_threads_in_child) {
    cluster_process c(100, 2'000);
    engine e(c.for_engine());
    CHECK(right_of(e, 0, 50) == 50);
    REQUIRE(prepare_for_sanitizer());
    CHECK(in_child([&] {
              if (right_of(e, 0, 20) != 20 || !prepare_for_sanitizer()) return 2;
              return in_child([&] {
                  if (right_of(e, 0, 20) != 20 || !prepare_for_sanitizer()) return 3;
                  return in_child([&] { return right_of(e, 50, 20) == 20 ? 0 : 4; });
              });
          }) == 0);
    CHECK(right_of(e, 50, 50) == 50);
}

TEST_CASE("a feed of the parent accepts nothing in the child, even while the parent's threads use it",
          forks_beside_threads) {
    cluster_process c(1'000, 500);
    engine e(c.for_engine());
    feed_options o;
    o.max_waiting = 100;
    auto feed = e.open_feed(o);
    std::atomic<bool> stop{false};
    std::thread producer([&] {
        for (std::uint64_t i = 0; !stop; ++i)
            feed.submit({.bucket = "ais://synthetic", .object = playground::synthetic_name(i % 1'000)});
    });
    std::thread consumer([&] {
        while (feed.next_block()) {
        }
    });
    int children_well = 0;
    for (int i = 0; i < 20; ++i)
        children_well += in_child([&] {
                             if (feed.submit({.bucket = "ais://synthetic", .object = "x"})) return 2;
                             if (feed.submit(made_up(0, 3))) return 3;
                             if (feed.room() != 0) return 4;
                             feed.end_input();
                             return 0;
                         }) == 0;
    stop = true;
    producer.join();
    feed.end_input();
    consumer.join();
    CHECK(children_well == 20);
}

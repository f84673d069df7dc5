// A forked child's engine is its own.
#include "cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

using namespace aisle;
using namespace aisle::test;

namespace {

// The exit status of what a forked child makes of it; 255 when it did not end by itself.
template <class F>
int in_child(F what) {
    auto const child = ::fork();
    if (child == 0) {
        ::alarm(30);
        ::_exit(what());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

std::uint64_t right_of(engine& e, std::uint64_t first, std::uint64_t count) {
    std::uint64_t right = 0;
    auto const total = e.stream(made_up(first, count), {}, [&](sample s) { right += is_right(s); });
    return total ? right : 0;
}

}  // namespace

TEST_CASE("an engine used in a forked child starts anew there, and the parent's goes on") {
    cluster c(2'000, 5'000);
    engine e(c.for_engine());
    CHECK(right_of(e, 0, 50) == 50);
    auto stream = e.open(made_up_batches(20, 100), {.in_flight = 4});
    for (int i = 0; i < 150; ++i) REQUIRE(is_right(*stream.next()));

    CHECK(in_child([&] {
              if (e.stats().samples_delivered != 0) return 2;
              if (right_of(e, 100, 60) != 60) return 3;
              // The parent's stream is not the child's.
              auto const over = stream.finish();
              if (over.has_value() || over.error().code != errc::cancelled) return 4;
              return 0;
          }) == 0);
    // An engine that was never used in the child is destroyed there without harm to the parent's.
    CHECK(in_child([&] {
              e.~engine();
              return 0;
          }) == 0);

    std::uint64_t left = 0;
    while (auto s = stream.next()) left += is_right(*s);
    CHECK(left == 2'000 - 150);
    CHECK(right_of(e, 0, 50) == 50);
}

TEST_CASE("several children at once read what they like") {
    cluster c(400, 5'000);
    engine e(c.for_engine());
    CHECK(right_of(e, 0, 10) == 10);
    std::vector<pid_t> children;
    for (std::uint64_t worker = 0; worker < 4; ++worker) {
        auto const child = ::fork();
        if (child == 0) {
            ::alarm(30);
            ::_exit(right_of(e, worker * 100, 100) == 100 ? 0 : 1);
        }
        children.push_back(child);
    }
    for (auto const child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
}

// The engine's threads as the operating system shows them.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <pthread.h>
#include <set>
#include <string>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;

namespace {

// Name and blocked signals of each engine thread.
std::multimap<std::string, std::uint64_t> engine_threads() {
    std::multimap<std::string, std::uint64_t> out;
    for (auto const& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
        if (!name.starts_with("aisle-io-")) continue;
        std::ifstream status(task.path() / "status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("SigBlk:")) out.emplace(name, std::stoull(line.substr(7), nullptr, 16));
    }
    return out;
}

/// Waits until these are the names of the engine threads. A new thread has no name at first, and one that has been
/// joined may be listed for a moment.
bool has_threads(std::set<std::string> const& names) {
    return soon([&] {
        std::set<std::string> found;
        for (auto const& [name, blocked] : engine_threads()) found.insert(name);
        return found == names;
    });
}

}  // namespace

TEST_CASE("an engine's threads have names, block all signals, and leave the caller's mask unchanged") {
    cluster c(100, 1'000);
    auto o = c.for_engine();
    o.shards = 3;
    sigset_t before{};
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    REQUIRE(has_threads({}));
    {
        engine e(o);
        CHECK(has_threads({}));  // nothing is requested yet
        for (auto const& s : e.get(made_up(0, 100))) REQUIRE(is_right(s));
        REQUIRE(has_threads({"aisle-io-0", "aisle-io-1", "aisle-io-2"}));
        // KILL and STOP cannot be blocked; 32 and 33 belong to the C library.
        constexpr std::uint64_t blockable =
            ~std::uint64_t{0} & ~(1ull << (SIGKILL - 1)) & ~(1ull << (SIGSTOP - 1)) & ~(1ull << 31) & ~(1ull << 32);
        for (auto const& [name, blocked] : engine_threads()) CHECK((blocked & blockable) == blockable);
        sigset_t after{};
        ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
        for (int s = 1; s < NSIG; ++s) CHECK(sigismember(&before, s) == sigismember(&after, s));
    }
    CHECK(has_threads({}));
}

TEST_CASE("prepare_fork() ends the threads, and use starts them again") {
    cluster c(400, 1'000);
    auto o = c.for_engine();
    o.shards = 2;
    engine e(o);
    engine other(c.for_engine());
    engine never_used(o);
    for (int i = 0; i < 3; ++i) {
        for (auto const& s : e.get(made_up(0, 100))) REQUIRE(is_right(s));
        for (auto const& s : other.get(made_up(0, 100))) REQUIRE(is_right(s));
        REQUIRE(has_threads({"aisle-io-0", "aisle-io-1"}));
        REQUIRE(engine::prepare_fork());
        CHECK(has_threads({}));
        REQUIRE(engine::prepare_fork());
    }
    CHECK(e.stats().samples_delivered == 300);
    CHECK(has_threads({}));  // reading statistics is not a use
}

TEST_CASE("prepare_fork() in a callback on an engine thread does nothing, and returns false") {
    cluster c(100, 1'000);
    engine e(c.for_engine());
    std::atomic<int> refused{0};
    stream_options how;
    how.on_batch_end = [&](batch_report const&) { refused += !engine::prepare_fork(); };
    auto stream = e.open(made_up_batches(4, 20), how);
    std::uint64_t right = 0;
    while (auto s = stream.next()) right += is_right(*s);
    CHECK(stream.finish().has_value());
    CHECK(right == 80);
    CHECK(refused == 4);
}

TEST_CASE("active streams pause from prepare_fork() until a call waits for them") {
    cluster c(2'000, 5'000);
    engine e(c.for_engine());
    auto stream = e.open(made_up_batches(20, 100), {.in_flight = 4});
    std::uint64_t right = 0;
    while (auto s = stream.next()) {
        right += is_right(*s);
        if (right % 100 == 50) REQUIRE(engine::prepare_fork());
    }
    CHECK(right == 2'000);
    CHECK(stream.finish().has_value());
    // Destroyed while its threads do not exist.
    auto left = std::make_unique<engine>(c.for_engine());
    auto unread = left->open(endless_batches(100), {.in_flight = 4});
    REQUIRE(unread.next());
    REQUIRE(engine::prepare_fork());
    left.reset();
    CHECK(unread.finish().has_error());
}

TEST_CASE("prepare_fork() at any moment of a stream's start loses no name look-up") {
    playground::server_options many;
    many.targets = 8;
    cluster c(400, 1'000, many);
    for (int i = 0; i < 60; ++i) {
        engine e(c.for_engine());
        auto how = once_each();
        how.in_flight = 16;
        auto stream = e.open(made_up_batches(16, 20), how);
        std::this_thread::sleep_for(std::chrono::microseconds(i * 60));
        REQUIRE(engine::prepare_fork());
        if (i % 3 == 0) continue;  // destroyed as it is
        std::uint64_t right = 0;
        while (auto s = stream.next()) right += is_right(*s);
        auto const total = stream.finish();
        REQUIRE(total.has_value());
        CHECK(right == 320);  // a lost look-up would have failed its connection
    }
}

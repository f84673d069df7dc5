// An engine on the embedding program's event loop.
#include "../playground_process.hpp"

#include <aisle/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <poll.h>
#include <support/forked.hpp>
#include <support/soon.hpp>
#include <thread>
#include <unistd.h>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

bool has_engine_threads() {
    for (auto const& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name.starts_with("aisle-io-") && task.path().filename() != std::to_string(::getpid())) return true;
    }
    return false;
}

enum class way { run, poll, run_one };

// Until `over`, as a program would.
void drive(asio::io_context& io, way how, std::atomic<bool> const& over) {
    io.restart();
    while (!over) switch (how) {
            case way::run: io.run_for(1ms); break;
            case way::poll:
                if (io.poll() == 0) std::this_thread::yield();
                break;
            case way::run_one: io.run_one_for(1ms); break;
        }
}

}  // namespace

TEST_CASE("a context runs an engine on its own thread, by run, poll or run_one") {
    cluster c(2'000, 5'000);
    asio::io_context io;
    engine_on e(io.get_executor(), c.for_engine());
    for (auto const how : {way::run, way::poll, way::run_one}) {
        std::atomic<bool> over{false};
        std::uint64_t right = 0;  // not atomic: one thread does everything
        std::uint64_t elsewhere = 0;
        auto const me = std::this_thread::get_id();
        stream_options options{.in_flight = 4};
        options.on_batch_end = [&](batch_report const&) { elsewhere += std::this_thread::get_id() != me; };
        summary total;
        async_stream(
            e, made_up_batches(20, 100), options,
            [&](sample s) {
                right += is_right(s);
                elsewhere += std::this_thread::get_id() != me;
            },
            [&](boost::system::error_code ec, summary s) {  // on the engine's executor, because the handler has none
                CHECK(!ec);
                elsewhere += std::this_thread::get_id() != me;
                total = std::move(s);
                over = true;
            });
        drive(io, how, over);
        CHECK(right == 2'000);
        CHECK(total.delivered == 2'000);
        CHECK(elsewhere == 0);
    }
    // Those of other tests' engines end soon.
    CHECK(soon([] { return !has_engine_threads(); }));
}

TEST_CASE("a coroutine uses an engine on its own context, and run() returns when both are done") {
    cluster c(1'000, 5'000);
    asio::io_context io;
    std::uint64_t right = 0;
    auto run = [&]() -> asio::awaitable<void> {
        auto const ex = co_await asio::this_coro::executor;
        engine_on e(ex, c.for_engine());
        for (int i = 0; i < 3; ++i) {
            auto stream = async_stream(
                e, made_up_batches(10, 100), {}, [&](sample s) { right += is_right(s); }, asio::use_awaitable);
            auto const total = co_await std::move(stream);
            CHECK(total.delivered == 1'000);
        }
    };
    asio::co_spawn(io, run, asio::detached);
    io.run();
    CHECK(right == 3'000);
}

TEST_CASE("several threads run a context, and a strand the engine") {
    cluster c(2'000, 2'000);
    asio::thread_pool pool(3);
    std::atomic<int> inside{0};
    std::atomic<int> crowded{0};
    std::atomic<std::uint64_t> right{0};
    {
        engine_on e(asio::make_strand(pool), c.for_engine());
        auto future = async_stream(
            e, made_up_batches(20, 100), {},
            [&](sample s) {
                crowded += ++inside > 1;
                right += is_right(s);
                --inside;
            },
            asio::use_future);
        CHECK(future.get().delivered == 2'000);
        // Another thread may pull from the engine that the strand runs.
        std::uint64_t pulled = 0;
        for (auto const& s : e.get(made_up(0, 100))) pulled += is_right(s);
        CHECK(pulled == 100);
    }
    pool.join();
    CHECK(right == 2'000);
    CHECK(crowded == 0);
}

TEST_CASE("a loop of any kind runs an engine by its descriptor") {
    cluster c(2'000, 5'000);
    engine e(own_loop, c.for_engine());
    ::pollfd wait{e.descriptor(), POLLIN, 0};
    std::uint64_t right = 0;
    bool over = false;
    for (int i = 0; i < 2; ++i) {
        over = false;
        e.start(
            made_up_batches(20, 100), {.in_flight = 8}, [&](sample s) { right += is_right(s); },
            [&](result<summary> r) {
                CHECK(r.has_value());
                over = true;
            });
        while (!over) {
            REQUIRE(::poll(&wait, 1, 20'000) == 1);  // never silent while there is work
            e.run_ready();
        }
        CHECK(e.descriptor() == wait.fd);
    }
    CHECK(right == 4'000);
    // Recovery from a fault uses timers: they make it readable too.
    c.spoil("refuse-503/3");
    over = false;
    e.start(made_up_batches(4, 50), {}, [&](sample s) { right += is_right(s); }, [&](result<summary>) { over = true; });
    while (!over) {
        REQUIRE(::poll(&wait, 1, 20'000) == 1);
        e.run_ready();
    }
    CHECK(right == 4'200);
}

TEST_CASE("waiting for samples inside the loop that delivers them is an error, not a hang") {
    cluster c(200, 1'000);
    asio::io_context io;
    engine_on e(io.get_executor(), c.for_engine());
    int refused = 0;
    std::atomic<bool> over{false};
    e.start(
        made_up_batches(2, 50), {},
        [&](sample) {
            if (refused > 0) return;
            auto inner = e.get(made_up(0, 50));
            try {
                inner.next();
            } catch (exception const& x) {
                refused += x.why().code == errc::invalid_argument;
            }
            inner.cancel();
        },
        [&](result<summary> r) {
            CHECK(r.has_value());
            over = true;
        });
    drive(io, way::run, over);
    CHECK(refused == 1);
}

TEST_CASE("an engine is destroyed before, while and after its context runs, in any place") {
    cluster c(1'000, 5'000);
    c.spoil("stall@50000");
    auto how = once_each();
    how.in_flight = 4;
    SECTION("it never ran") {
        asio::io_context io;
        std::atomic<int> ended{0};
        {
            engine_on e(io.get_executor(), c.for_engine());
            e.start(made_up_batches(10, 100), how, [](sample) {}, [&](result<summary> r) { ended += r.has_error(); });
        }
        CHECK(ended == 1);
        io.run();  // has nothing to wait for
    }
    SECTION("on another thread, in mid-stream") {
        for (int i = 0; i < 10; ++i) {
            asio::io_context io;
            std::atomic<int> ended{0};
            auto e = std::make_optional<engine_on<asio::io_context::executor_type>>(io.get_executor(), c.for_engine());
            std::thread runs([&] { io.run(); });
            e->start(made_up_batches(10, 100), how, [](sample) {}, [&](result<summary> r) { ended += r.has_error(); });
            std::this_thread::sleep_for(std::chrono::milliseconds(2 * i));
            e.reset();
            CHECK(ended == 1);
            runs.join();
        }
    }
    SECTION("by a sink, on the context's thread") {
        asio::io_context io;
        std::atomic<int> ended{0};
        auto e = std::make_optional<engine_on<asio::io_context::executor_type>>(io.get_executor(), c.for_engine());
        e->start(
            made_up_batches(10, 100), how, [&](sample) { e.reset(); },
            [&](result<summary> r) { ended += r.has_error(); });
        io.run();
        CHECK(ended == 1);
        CHECK_FALSE(e);
    }
    SECTION("by another handler of the context") {
        asio::io_context io;
        auto e = std::make_optional<engine_on<asio::io_context::executor_type>>(io.get_executor(), c.for_engine());
        std::atomic<int> ended{0};
        e->start(made_up_batches(10, 100), how, [](sample) {}, [&](result<summary> r) { ended += r.has_error(); });
        asio::steady_timer timer(io, 30ms);
        timer.async_wait([&](boost::system::error_code) { e.reset(); });
        io.run();
        CHECK(ended == 1);
    }
    SECTION("after its context was stopped") {
        auto io = std::make_unique<asio::io_context>();
        std::atomic<int> ended{0};
        {
            engine_on e(io->get_executor(), c.for_engine());
            e.start(made_up_batches(10, 100), how, [](sample) {}, [&](result<summary> r) { ended += r.has_error(); });
            io->run_for(30ms);
            io->stop();
        }
        CHECK(ended == 1);
        io.reset();
    }
    SECTION("after its context was destroyed") {
        auto io = std::make_unique<asio::io_context>();
        engine_on e(io->get_executor(), c.for_engine());
        std::atomic<int> ended{0};
        auto const stream = std::make_shared<sample_stream>(e.open(made_up_batches(10, 100), how));
        auto const waits = std::async(std::launch::async, [stream] {
            std::uint64_t n = 0;
            while (stream->next()) ++n;
            return n;
        });
        e.start(
            made_up_batches(10, 100), how, [](sample) {},
            [&](result<summary> r) {
                CHECK(r.error().code == errc::cancelled);
                ++ended;
            });
        while (e.stats().samples_delivered == 0) io->run_for(5ms);
        io.reset();
        CHECK(ended == 1);
        waits.wait();
        try {
            e.open(made_up(0, 1));
            FAIL("opened");
        } catch (exception const& x) {
            CHECK(x.why().code == errc::unsupported);
        }
        CHECK(e.stats().samples_delivered > 0);
    }
}

TEST_CASE("an engine on a loop refuses more than one shard, and one with threads has no descriptor") {
    engine_options o;
    o.shards = 2;
    CHECK_THROWS_AS(engine(own_loop, o), exception);
    engine e(engine_options{});
    CHECK_THROWS_AS(e.descriptor(), exception);
    CHECK_THROWS_AS(e.run_ready(), exception);
}

TEST_CASE("in a forked child an engine on a loop opens nothing, and the parent's continues", starts_threads_in_child) {
    cluster_process c(200, 1'000);
    asio::io_context io;
    engine_on e(io.get_executor(), c.for_engine());
    std::atomic<bool> over{false};
    std::uint64_t right = 0;
    e.start(
        made_up_batches(2, 100), {}, [&](sample s) { right += is_right(s); }, [&](result<summary>) { over = true; });
    io.run_one();
    CHECK(engine::prepare_fork());
    CHECK(in_child([&] {
              try {
                  e.open(made_up(0, 1));
              } catch (exception const& x) {
                  engine fresh(c.for_engine());
                  std::uint64_t n = 0;
                  for (auto const& s : fresh.get(made_up(0, 100))) n += is_right(s);
                  return x.why().code == errc::unsupported && n == 100 ? 0 : 1;
              }
              return 2;
          }) == 0);
    drive(io, way::run, over);
    CHECK(right == 200);
}

// Pulling blocks: waiting, polling, by file descriptor, by completion token; sources that have nothing yet.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>
#include <aisle/slab.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <poll.h>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Checks that samples are in order, once each, and right.
struct in_order {
    void take(sample_block const& block) {
        REQUIRE(!block.empty());
        for (auto const s : block) take(s);
    }
    void take(sample_view s) {
        REQUIRE(s.batch() == batch);
        REQUIRE(s.index() == index);
        REQUIRE(s.batch_size() == per_batch);
        auto const i = playground::synthetic_index(s.entry().object);
        REQUIRE((i && playground::is_synthetic(*i, 0, s.bytes())));
        ++seen;
        if (++index < per_batch) return;
        index = 0;
        ++batch;
    }
    std::uint32_t per_batch;
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
    std::uint64_t seen = 0;
};

bool is_readable(int fd, int milliseconds = 0) {
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, milliseconds) == 1;
}

/// A source whose batches the test supplies later.
struct late_source {
    source_answer operator()() {
        ++calls;
        std::lock_guard const lock(mutex);
        if (!ready.empty()) {
            auto out = std::move(ready.back());
            ready.pop_back();
            return out;
        }
        if (ended) return std::nullopt;
        return not_yet{patience};
    }
    void give(batch b) {
        std::lock_guard const lock(mutex);
        ready.push_back(std::move(b));
    }
    void end() {
        std::lock_guard const lock(mutex);
        ended = true;
    }
    std::mutex mutex;
    std::vector<batch> ready;
    bool ended = false;
    std::chrono::milliseconds patience{1h};
    std::atomic<int> calls{0};
};

}  // namespace

TEST_CASE("next_block() and next() may alternate: every sample is returned once, in order") {
    cluster c(2'000, 5'000);
    engine e(c.for_engine());
    auto stream = e.open(made_up_batches(20, 100));
    in_order got{100};
    for (int turn = 0; !stream.at_end(); ++turn)
        if (turn % 3 == 0) {
            if (auto s = stream.next()) got.take(*s);
        } else if (turn % 3 == 1) {
            if (auto b = stream.next_block()) got.take(*b);
        } else if (auto b = stream.next_block_for(10s)) {
            got.take(*b);
        }
    CHECK(got.seen == 2'000);
    CHECK_FALSE(stream.next_block());
    CHECK(stream.finish()->delivered == 2'000);
}

TEST_CASE("a sink may take blocks, on the caller's thread and on the engine's") {
    cluster c(2'000, 1'000);
    engine e(c.for_engine());
    in_order pulled{100};
    auto const total = e.stream(made_up_batches(20, 100), {}, [&](sample_block b) { pulled.take(b); });
    REQUIRE(total.has_value());
    CHECK(pulled.seen == 2'000);

    in_order pushed{100};
    std::promise<result<summary>> done;
    e.start(
        made_up_batches(20, 100), {}, [&](sample_block b) { pushed.take(b); },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    REQUIRE(done.get_future().get().has_value());
    CHECK(pushed.seen == 2'000);

    CHECK_FALSE(sample_sink{});
    CHECK_FALSE(sample_sink(std::function<void(sample)>()));
    CHECK(sample_sink([](auto&&) {}));  // either is possible
}

TEST_CASE(
    "try_next_block() returns nothing if no block is ready, and next_block_for() waits no longer than its limit") {
    cluster c(100, 1'000);
    engine e(c.for_engine());
    auto const source = std::make_shared<late_source>();
    auto stream = e.open([source] { return (*source)(); });
    CHECK_FALSE(stream.try_next_block());
    CHECK_FALSE(stream.next_block_for(1ms));
    CHECK_FALSE(stream.next_block_for(-1s));
    CHECK_FALSE(stream.at_end());
    source->give(made_up(0, 100));
    stream.input_ready();
    in_order got{100};
    while (got.seen < 100) got.take(stream.next_block().value());
    source->end();
    stream.input_ready();
    CHECK_FALSE(stream.next_block());
    CHECK(stream.at_end());
    CHECK(stream.finish()->delivered == 100);
}

TEST_CASE("a source that returns not_yet is called again after its time") {
    cluster c(300, 1'000);
    engine e(c.for_engine());
    int calls = 0;
    std::uint64_t given = 0;
    auto stream = e.open([&]() -> source_answer {
        if (++calls % 3 != 0) return not_yet{1ms};
        if (given == 3) return std::nullopt;
        return made_up(100 * given++, 100);
    });
    in_order got{100};
    while (auto b = stream.next_block()) got.take(*b);
    CHECK(got.seen == 300);
}

TEST_CASE("the ready descriptor is readable while a block can be taken, and at the end") {
    cluster c(500, 20'000);
    engine e(c.for_engine());
    auto const source = std::make_shared<late_source>();
    auto stream = e.open([source] { return (*source)(); });
    auto const fd = stream.ready_fd();
    CHECK(stream.ready_fd() == fd);
    CHECK_FALSE(is_readable(fd));
    in_order got{100};
    for (std::uint64_t n = 0; n < 5; ++n) {
        source->give(made_up(100 * n, 100));
        stream.input_ready();
        while (got.seen < 100 * (n + 1)) {
            REQUIRE(is_readable(fd, 10'000));
            if (auto b = stream.try_next_block()) got.take(*b);
        }
        CHECK_FALSE(stream.try_next_block());
        CHECK_FALSE(is_readable(fd));
    }
    source->end();
    stream.input_ready();
    REQUIRE(is_readable(fd, 10'000));
    CHECK_FALSE(stream.try_next_block());
    CHECK(stream.at_end());
    CHECK(is_readable(fd));
}

TEST_CASE("a descriptor created late is readable if a block is ready") {
    cluster c(100, 1'000);
    engine e(c.for_engine());
    auto stream = e.get(made_up(0, 100));
    REQUIRE(stream.next());
    while (!stream.at_end()) {
        REQUIRE(is_readable(stream.ready_fd(), 10'000));
        static_cast<void>(stream.try_next_block());
    }
    stream.cancel();
    CHECK(is_readable(stream.ready_fd()));
}

TEST_CASE("blocks are awaited in a coroutine, on its executor") {
    cluster c(2'000, 5'000);
    engine e(c.for_engine());
    asio::io_context context;
    in_order got{100};
    auto stream = e.open(made_up_batches(20, 100));
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto const here = std::this_thread::get_id();
            for (;;) {
                auto awaiting = stream.async_next_block(asio::use_awaitable);
                auto const block = co_await std::move(awaiting);
                REQUIRE(std::this_thread::get_id() == here);
                if (!block) break;
                got.take(*block);
            }
        },
        asio::detached);
    context.run();
    CHECK(got.seen == 2'000);
    CHECK(stream.at_end());
}

TEST_CASE("awaiting a block ends when it is cancelled, or its stream is cancelled, destroyed or moved from") {
    cluster c(100, 1'000);
    engine e(c.for_engine());
    auto const source = std::make_shared<late_source>();
    std::optional<sample_stream> stream(e.open([source] { return (*source)(); }));
    using outcome = std::pair<boost::system::error_code, bool>;
    std::atomic<std::size_t> taken{0};
    auto const await_block = [&](std::promise<outcome>& to) {
        return [&](boost::system::error_code ec, std::optional<sample_block> b) {
            if (b) taken += b->size();
            to.set_value({ec, b.has_value()});
        };
    };
    auto const cancelled = make_error_code(errc::cancelled);

    asio::cancellation_signal stop;
    std::promise<outcome> one;
    stream->async_next_block(asio::bind_cancellation_slot(stop.slot(), await_block(one)));
    stop.emit(asio::cancellation_type::partial);
    CHECK(one.get_future().get() == outcome{cancelled, false});

    // The stream continues.
    source->give(made_up(0, 100));
    stream->input_ready();
    std::promise<outcome> two;
    stream->async_next_block(await_block(two));
    CHECK(two.get_future().get() == outcome{{}, true});
    while (taken < 100) taken += stream->next_block().value().size();

    std::promise<outcome> three;
    stream->async_next_block(await_block(three));
    stream.reset();
    CHECK(three.get_future().get() == outcome{cancelled, false});

    stream.emplace(e.open([source] { return (*source)(); }));
    std::promise<outcome> four;
    stream->async_next_block(await_block(four));
    stream->cancel();
    CHECK(four.get_future().get() == outcome{cancelled, false});

    auto const other = std::move(*stream);
    std::promise<outcome> five;
    stream->async_next_block(await_block(five));
    CHECK(five.get_future().get() == outcome{make_error_code(errc::invalid_argument), false});
}

TEST_CASE("reports of batches can be pulled, the newest keep_reports of them") {
    cluster c(1'000, 1'000);
    engine e(c.for_engine());
    stream_options o;
    o.keep_reports = 4;
    auto stream = e.open(made_up_batches(10, 100), o);
    REQUIRE(stream.finish().has_value());
    auto const reports = stream.take_reports();
    REQUIRE(reports.size() == 4);
    for (auto const& r : reports) CHECK(r.delivered == 100);
    CHECK(stream.take_reports().empty());
    auto none = e.open(made_up_batches(2, 100));
    REQUIRE(none.finish().has_value());
    CHECK(none.take_reports().empty());
}

TEST_CASE("samples lie in the caller's memory, which outlives the engine with them") {
    struct counting final : std::pmr::memory_resource {
        void* do_allocate(std::size_t bytes, std::size_t alignment) override {
            out += static_cast<std::int64_t>(bytes);
            return std::pmr::new_delete_resource()->allocate(bytes, alignment);
        }
        void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
            out -= static_cast<std::int64_t>(bytes);
            std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
        }
        bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
        std::atomic<std::int64_t> out{0};
    };
    auto const memory = std::make_shared<counting>();
    cluster c(100, 1'000);
    std::optional<sample> kept;
    {
        auto o = c.for_engine();
        o.sample_memory = memory;
        engine e(o);
        auto stream = e.get(made_up(0, 100));
        kept = stream.next();
        REQUIRE(kept);
        CHECK(memory->out > 0);
        REQUIRE(stream.finish().has_value());
    }
    CHECK(memory->out == static_cast<std::int64_t>(slab_pool::min_slab_bytes + slab::tail_bytes));
    CHECK(is_right(*kept));
    kept.reset();
    CHECK(memory->out == 0);
}

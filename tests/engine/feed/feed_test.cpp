// Entries submitted one by one: order, space, waiting, ends.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

entry made_up_entry(std::uint64_t i) {
    return {.bucket = "ais://synthetic", .object = playground::synthetic_name(i)};
}

struct counted {
    void take(sample_view s) {
        REQUIRE(playground::synthetic_index(s.entry().object) == seen++);
        batches = std::max(batches, s.batch() + 1);
    }
    void take(sample_block const& block) {
        for (auto const s : block) take(s);
    }
    // Takes this many samples, or those that arrive without a long stall.
    void take_from(feed& from, std::uint64_t count) {
        while (seen < count) {
            auto const block = from.next_block_for(20s);
            if (!block) break;
            take(*block);
        }
        CHECK(seen >= count);
    }
    std::uint64_t seen = 0;
    std::uint64_t batches = 0;
};

}  // namespace

TEST_CASE(
    "samples of entries submitted on one thread are taken on another, in order, in batches of the requested size") {
    cluster c(10'000, 500);
    engine e(c.for_engine());
    feed_options o;
    o.batch_size = 100;
    o.linger = 1h;
    o.max_waiting = 250;
    auto feed = e.open_feed(o);
    std::uint64_t submitted = 0;
    std::thread producer([&feed, &submitted] {  // Catch's checks may run on one thread at a time
        for (std::uint64_t i = 0; i < 10'000; ++i) submitted += feed.submit(made_up_entry(i));
        feed.end_input();
        submitted += feed.submit(made_up_entry(0));
    });
    counted got;
    while (auto block = feed.next_block()) got.take(*block);
    producer.join();
    CHECK(submitted == 10'000);
    CHECK(feed.room() == 0);
    CHECK(got.seen == 10'000);
    CHECK(got.batches == 100);
    CHECK(feed.finish()->delivered == 10'000);
}

TEST_CASE("a few entries wait no longer than linger") {
    cluster c(100, 500);
    engine e(c.for_engine());
    feed_options o;
    o.linger = 1ms;
    auto feed = e.open_feed(o);
    counted got;
    for (std::uint64_t i = 0; i < 20; ++i) {  // each waits for the one before it
        REQUIRE(feed.room() > 0);
        REQUIRE(feed.submit(made_up_entry(i)));
        got.take(feed.next().value());
    }
    batch rest("ais://synthetic");
    for (std::uint64_t i = 20; i < 100; ++i) rest.add(playground::synthetic_name(i));
    REQUIRE(feed.submit(std::move(rest)));
    feed.end_input();
    feed.end_input();
    while (auto block = feed.next_block()) got.take(*block);
    CHECK(got.seen == 100);
    CHECK(got.batches == 21);
}

TEST_CASE("one thread may submit and take: it checks room(), or submits asynchronously") {
    cluster c(5'000, 500);
    engine e(c.for_engine());
    feed_options o;
    o.max_waiting = 64;
    o.batch_size = 16;
    auto feed = e.open_feed(o);
    asio::io_context context;
    counted got;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (std::uint64_t i = 0; i < 5'000; ++i) {
                auto submitting = feed.async_submit(made_up_entry(i), asio::use_awaitable);
                co_await std::move(submitting);
            }
            feed.end_input();
        },
        asio::detached);
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (;;) {
                auto awaiting = feed.async_next_block(asio::use_awaitable);
                auto const block = co_await std::move(awaiting);
                if (!block) break;
                got.take(*block);
            }
        },
        asio::detached);
    context.run();
    CHECK(got.seen == 5'000);
}

TEST_CASE("submit() ends when the stream is cancelled or destroyed, and async_submit() when it is cancelled") {
    cluster c(100, 500);
    c.spoil("stall@100");
    engine e(c.for_engine());
    feed_options o;
    o.max_waiting = 1;
    o.batch_size = 1;
    o.stream = once_each();
    o.stream.in_flight = 1;
    std::optional<feed> feed(e.open_feed(o));
    REQUIRE(feed->submit(made_up_entry(0)));  // in flight
    REQUIRE(feed->submit(made_up_entry(1)));
    auto blocked = std::async(std::launch::async, [&feed] { return feed->submit(made_up_entry(2)); });
    asio::cancellation_signal stop;
    std::promise<boost::system::error_code> one, two;
    feed->async_submit(made_up_entry(3),
                       asio::bind_cancellation_slot(stop.slot(), [&](auto ec) { one.set_value(ec); }));
    feed->async_submit(made_up_entry(4), [&](auto ec) { two.set_value(ec); });
    CHECK(feed->room() == 0);
    stop.emit(asio::cancellation_type::terminal);
    CHECK(one.get_future().get() == make_error_code(errc::cancelled));
    feed->cancel();
    CHECK_FALSE(blocked.get());
    CHECK(two.get_future().get() == make_error_code(errc::cancelled));
    feed.reset();

    std::promise<boost::system::error_code> three;
    feed.emplace(e.open_feed(o));
    REQUIRE(feed->submit(made_up_entry(0)));
    REQUIRE(feed->submit(made_up_entry(1)));
    feed->async_submit(made_up_entry(2), [&](auto ec) { three.set_value(ec); });
    feed.reset();
    CHECK(three.get_future().get() == make_error_code(errc::cancelled));
}

TEST_CASE("options of a feed are checked when it is opened") {
    engine e(engine_options{.endpoint = "http://localhost:1"});
    for (auto change :
         {+[](feed_options& o) { o.batch_size = 65'537; }, +[](feed_options& o) { o.max_waiting = 0; },
          +[](feed_options& o) { o.linger = -1ms; }, +[](feed_options& o) { o.stream.in_flight = 65'537; }}) {
        feed_options o;
        change(o);
        CHECK_THROWS_AS(e.open_feed(o), aisle::exception);
    }
}

TEST_CASE("a batch submitted after entries sends them immediately") {
    cluster c(100, 500);
    engine e(c.for_engine());
    feed_options o;
    o.linger = 1h;
    auto feed = e.open_feed(o);
    REQUIRE(feed.submit(made_up_entry(0)));
    std::this_thread::sleep_for(50ms);  // the stream waits for more
    REQUIRE(feed.submit(made_up(1, 9)));
    counted got;
    got.take_from(feed, 10);
    CHECK(got.batches == 2);
}

TEST_CASE("a batch is sent immediately when its entries are expected to have enough bytes") {
    cluster c(100, 500);
    engine e(c.for_engine());
    feed_options o;
    o.batch_size = 1'000;
    o.batch_bytes = 5'000;
    o.linger = 1h;
    auto feed = e.open_feed(o);
    for (std::uint64_t i = 0; i < 11; ++i) {
        auto one = made_up_entry(i);
        one.expected_size = 500;
        REQUIRE(feed.submit(std::move(one)));
    }
    counted got;
    got.take_from(feed, 10);
}

TEST_CASE("a batch is full when no more entries may wait") {
    cluster c(100, 500);
    engine e(c.for_engine());
    feed_options o;
    o.batch_size = 1'000;
    o.max_waiting = 10;
    o.linger = 1h;
    auto feed = e.open_feed(o);
    std::thread producer([&] {
        for (std::uint64_t i = 0; i < 100; ++i) feed.submit(made_up_entry(i));
    });
    counted got;
    got.take_from(feed, 100);
    feed.cancel();
    producer.join();
    CHECK(got.seen == 100);
}

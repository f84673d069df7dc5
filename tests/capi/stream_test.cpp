// Streams, feeds, blocks and samples through the C API.
#include "served.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <poll.h>
#include <string>

using namespace aisle;
using namespace aisle::test;

TEST_CASE("samples of a batch arrive in order, with tags and names; the batch may be filled again") {
    served s;
    auto const batch = s.batch(50);
    for (int round = 0; round < 2; ++round) {
        if (round == 1)
            for (std::uint64_t i = 0; i < 50; ++i)
                REQUIRE(s.add(batch.get(), playground::synthetic_name(i), i) == AISLE_OK);
        auto const stream = s.get(batch.get());
        CHECK(aisle_batch_size(batch.get()) == 0);
        std::uint64_t seen = 0;
        while (auto const block = next(stream.get()))
            for (std::size_t i = 0; i < aisle_block_size(block.get()); ++i) {
                auto const info = info_of(block.get(), i);
                CHECK(info.status == AISLE_SAMPLE_DELIVERED);
                CHECK(info.tag == seen);
                CHECK(info.index == seen);
                CHECK(info.batch_size == 50);
                CHECK(info.object == playground::synthetic_name(seen));
                CHECK(info.bucket == std::string("ais://synthetic"));
                CHECK(info.data_size == 1'000);
                ++seen;
            }
        CHECK(seen == 50);
        aisle_summary total{};
        total.size = sizeof total;
        REQUIRE(aisle_stream_finish(stream.get(), &total, nullptr) == AISLE_OK);
        CHECK(total.delivered == 50);
        CHECK(total.bytes == 50'000);
        CHECK(aisle_stream_fault(stream.get()) == nullptr);
    }
}

TEST_CASE("an engine works on after aisle_prepare_fork()") {
    served s;
    auto const samples = [&] {
        auto const batch = s.batch(50);
        auto const stream = s.get(batch.get());
        std::size_t seen = 0;
        while (auto const block = next(stream.get())) seen += aisle_block_size(block.get());
        return seen;
    };
    CHECK(samples() == 50);
    CHECK(aisle_prepare_fork() == 1);
    CHECK(samples() == 50);
}

TEST_CASE("a missing sample has the status missing, and so has its error") {
    served s;
    auto const batch = s.batch(0);
    REQUIRE(s.add(batch.get(), "nothing", 5) == AISLE_OK);
    auto const stream = s.get(batch.get());
    auto const block = next(stream.get());
    REQUIRE(block);
    auto const info = info_of(block.get(), 0);
    CHECK(info.status == AISLE_SAMPLE_MISSING);
    CHECK(info.tag == 5);
    CHECK(info.data == nullptr);
    held_error const why(aisle_block_error(block.get(), 0));
    CHECK(aisle_error_status(why.get()) == AISLE_MISSING);
    CHECK(aisle_block_sample(block.get(), 1, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
}

TEST_CASE("a kept sample outlives its block, its stream and its engine") {
    held_sample kept;
    {
        served s;
        auto const stream = s.get(s.batch(3).get());
        auto const block = next(stream.get());
        aisle_sample* made = nullptr;
        REQUIRE(aisle_block_keep(block.get(), 0, &made, nullptr) == AISLE_OK);
        kept.reset(made);
    }
    aisle_sample_info info{};
    info.size = sizeof info;
    REQUIRE(aisle_sample_get_info(kept.get(), &info, nullptr) == AISLE_OK);
    CHECK(info.data_size == 1'000);
    CHECK(info.object == playground::synthetic_name(0));
}

TEST_CASE("a feed is not ready before an entry is submitted, and delivers all that are") {
    served s;
    aisle_feed_options options{};
    options.size = sizeof options;
    options.bucket = "ais://synthetic";
    aisle_stream* made = nullptr;
    REQUIRE(aisle_feed_open(s.engine.get(), &options, &made, nullptr) == AISLE_OK);
    held_stream const feed(made);
    CHECK(aisle_feed_room(made) > 0);
    aisle_block* block = nullptr;
    CHECK(aisle_stream_next(made, 0, &block, nullptr) == AISLE_NOT_READY);
    CHECK(aisle_stream_next(made, 1, &block, nullptr) == AISLE_NOT_READY);

    auto const name = playground::synthetic_name(7);
    aisle_entry entry{};
    entry.size = sizeof entry;
    entry.object = name.c_str();
    REQUIRE(aisle_feed_submit(made, &entry, nullptr) == AISLE_OK);
    auto const batch = s.batch(4);
    REQUIRE(aisle_feed_submit_batch(made, batch.get(), nullptr) == AISLE_OK);
    aisle_feed_end_input(made);
    CHECK(aisle_feed_submit(made, &entry, nullptr) == AISLE_END);
    std::size_t samples = 0;
    while (auto const some = next(made)) samples += aisle_block_size(some.get());
    CHECK(samples == 5);
}

TEST_CASE("only a feed accepts entries") {
    served s;
    auto const stream = s.get(s.batch(1).get());
    aisle_entry entry{};
    entry.size = sizeof entry;
    CHECK(aisle_feed_submit(stream.get(), &entry, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_feed_room(stream.get()) == 0);
}

TEST_CASE("a source that has no batch yet is called again after aisle_stream_input_ready()") {
    served s;
    std::atomic<int> state{0};  // 1: a batch is available; 2: it was returned
    aisle_source source{};
    source.size = sizeof source;
    source.bucket = "ais://synthetic";
    source.user = &state;
    source.next = [](void* user, aisle_batch* batch) {
        auto& at = *static_cast<std::atomic<int>*>(user);
        if (at == 0) return AISLE_NOT_READY;
        if (at == 2) return AISLE_END;
        at = 2;
        return served::add(batch, playground::synthetic_name(0), 0);
    };
    aisle_stream* made = nullptr;
    REQUIRE(aisle_stream_open(s.engine.get(), &source, nullptr, &made, nullptr) == AISLE_OK);
    held_stream const stream(made);
    aisle_block* block = nullptr;
    CHECK(aisle_stream_next(made, 5, &block, nullptr) == AISLE_NOT_READY);
    state = 1;
    aisle_stream_input_ready(made);
    CHECK(next(made));
    CHECK(!next(made));
}

TEST_CASE("a cancelled stream ends, and its descriptor is readable then") {
    served s;
    aisle_stream* made = nullptr;
    REQUIRE(aisle_feed_open(s.engine.get(), nullptr, &made, nullptr) == AISLE_OK);
    held_stream const stream(made);  // a feed, because it does not end before it is cancelled
    auto const batch = s.batch(10);
    REQUIRE(aisle_feed_submit_batch(made, batch.get(), nullptr) == AISLE_OK);
    pollfd ready{};
    ready.events = POLLIN;
    REQUIRE(aisle_stream_descriptor(stream.get(), &ready.fd, nullptr) == AISLE_OK);
    aisle_stream_cancel(stream.get());
    while (next(stream.get())) {
    }
    CHECK(::poll(&ready, 1, 10'000) == 1);
    aisle_summary total{};
    total.size = sizeof total;
    CHECK(aisle_stream_finish(stream.get(), &total, nullptr) == AISLE_CANCELLED);
}

TEST_CASE("streams end when their engine is freed") {
    served s;
    auto const stream = s.get(s.batch(10).get());
    s.engine.reset();
    while (next(stream.get())) {
    }
    aisle_block* block = nullptr;
    CHECK(aisle_stream_next(stream.get(), 0, &block, nullptr) == AISLE_END);
}

// The engine against the playground: real sockets, real threads, checked contents.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

TEST_CASE("one batch arrives in order, as views, by range-for") {
    cluster c(1000, 10'240);
    engine e(c.for_engine());
    std::uint32_t next = 0;
    auto stream = e.get(made_up(10, 128));
    for (auto const& s : stream) {
        REQUIRE(s.index() == next++);
        REQUIRE(is_right(s));
    }
    CHECK(next == 128);
    auto const total = stream.finish();
    REQUIRE(total.has_value());
    CHECK(total->delivered == 128);
    CHECK(total->bytes == 128 * 10'240);
    CHECK(!total->fault);
}

TEST_CASE("a bucket that does not exist fails only its own entries, at any position") {
    cluster c(10, 1'000);
    engine e(c.for_engine());
    for (int const at : {0, 1}) {
        batch b{"ais://synthetic"};
        for (int i = 0; i < 4; ++i) {
            if (i == at) b.add("ais://nowhere", "x");
            b.add(playground::synthetic_name(static_cast<std::uint64_t>(i)));
        }
        auto stream = e.get(b);
        int index = 0;
        for (auto const& s : stream) {
            INFO("nowhere at " << at << ", entry " << index);
            CHECK(s.delivered() == (index != at));
            if (index == at) CHECK(s.why().server_code == "ErrBckNotFound");
            if (index != at) CHECK(is_right(s));
            ++index;
        }
        CHECK(index == 5);
    }
}

TEST_CASE("a stream can be moved between two samples, and nothing is left in the old one") {
    cluster c(100, 1'000);
    engine e(c.for_engine());
    auto first = e.get(made_up(0, 50));
    REQUIRE(first.next());
    auto second = std::move(first);
    CHECK_FALSE(first.next());  // NOLINT(bugprone-use-after-move): tested on purpose
    CHECK(first.finish().error().code == errc::invalid_argument);
    std::uint32_t next = 1;
    while (auto const s = second.next()) REQUIRE(s->index() == next++);
    CHECK(next == 50);
    CHECK(second.finish().has_value());
}

TEST_CASE("100,000 samples arrive once each, in order, with any window") {
    playground::server_options options;
    options.root.clear();
    struct shape {
        std::uint64_t size;
        std::uint64_t samples;
        std::uint64_t per_batch;
        unsigned in_flight;
        bool streaming;
    };
    shape const shapes[] = {
        {0, 6'400, 64, 8, true},         {1, 6'400, 64, 1, true},
        {511, 6'400, 64, 16, true},      {1'024, 40'000, 250, automatic, true},
        {10'240, 20'000, 125, 64, true}, {10'240, 10'000, 125, 8, false},
        {100'000, 2'000, 50, 4, true},   {1'000'000, 400, 20, 8, true},
        {3'000'000, 60, 6, 2, false},    {2'000, 10'000, 1, 64, true},
    };
    std::uint64_t all = 0;
    for (auto const& s : shapes) {
        INFO("size " << s.size << ", in flight " << s.in_flight);
        cluster c(s.samples, s.size);
        engine e(c.for_engine());
        stream_options how;
        how.in_flight = s.in_flight;
        how.streaming_get = s.streaming;
        std::uint64_t next = 0;
        std::uint64_t wrong = 0;
        auto const total = e.stream(made_up_batches(s.samples / s.per_batch, s.per_batch), how, [&](sample got) {
            bool const in_place = got.batch() == next / s.per_batch && got.index() == next % s.per_batch;
            wrong += !in_place || !is_right(got);
            ++next;
        });
        REQUIRE(total.has_value());
        CHECK(!total->fault);
        CHECK(wrong == 0);
        CHECK(next == s.samples);
        CHECK(total->delivered == s.samples);
        CHECK(total->bytes == s.samples * s.size);
        all += next;
    }
    CHECK(all > 100'000);
}

TEST_CASE("several shards deliver in one order") {
    cluster c(20'000, 3'000);
    auto options = c.for_engine();
    options.shards = 3;
    engine e(options);
    std::uint64_t next = 0;
    std::uint64_t wrong = 0;
    std::promise<result<summary>> done;
    e.start(
        made_up_batches(200, 100), {.in_flight = 12},
        [&](sample s) {
            wrong += s.batch() != next / 100 || s.index() != next % 100 || !is_right(s);
            ++next;
        },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    auto const total = done.get_future().get();
    REQUIRE(total.has_value());
    CHECK(next == 20'000);
    CHECK(wrong == 0);
}

TEST_CASE("with batch_order::completed, batches arrive whole as they complete") {
    cluster c(4'000, 2'000);
    engine e(c.for_engine());
    stream_options how;
    how.order = batch_order::completed;
    how.in_flight = 8;
    std::vector<std::uint32_t> seen(80);
    std::uint64_t current = 0;
    auto const total = e.stream(made_up_batches(80, 50), how, [&](sample s) {
        if (s.index() == 0) current = s.batch();
        REQUIRE(s.batch() == current);
        REQUIRE(s.index() == seen[s.batch()]++);
        REQUIRE(is_right(s));
    });
    REQUIRE(total.has_value());
    for (auto count : seen) CHECK(count == 50);
}

TEST_CASE("ranges, missing entries and invalid entries keep their positions") {
    cluster c(100, 10'000);
    engine e(c.for_engine());
    batch b{"ais://synthetic"};
    b.add(playground::synthetic_name(1), {.range = {100, 5'000}}).add("not-there").add("../evil");
    b.add(playground::synthetic_name(2), {.opaque = std::string("\0\1", 2), .range = {9'000, -1}})
        .add(playground::synthetic_name(3));
    for (bool const streaming : {true, false}) {
        stream_options how;
        how.streaming_get = streaming;
        std::vector<sample> got;
        auto const total = e.stream(b, how, [&](sample s) { got.push_back(std::move(s)); });
        REQUIRE(total.has_value());
        REQUIRE(got.size() == 5);
        CHECK((is_right(got[0]) && got[0].size() == 5'000));
        CHECK(got[1].status() == sample_status::missing);
        CHECK(got[2].why().code == errc::invalid_entry);
        CHECK((is_right(got[3]) && got[3].size() == 1'000));
        CHECK(got[3].entry().opaque == std::string("\0\1", 2));
        CHECK(is_right(got[4]));
        CHECK((total->delivered == 3 && total->missing == 1 && total->failed == 1));
    }
}

TEST_CASE("empty streams, empty batches and batches of refused entries end without error") {
    cluster c(10, 10);
    engine e(c.for_engine());
    auto count = [&](std::vector<batch> all) {
        std::uint64_t seen = 0;
        auto const total = e.stream(std::move(all), {}, [&](sample) { ++seen; });
        REQUIRE(total.has_value());
        return seen;
    };
    CHECK(count({}) == 0);
    CHECK(count({batch{}}) == 0);
    CHECK(count({batch{}, made_up(0, 3), batch{"ais://synthetic"}}) == 3);
    CHECK(count({batch{"ais://synthetic"}.add("..").add("~/x")}) == 2);
}

TEST_CASE("a bucket that does not exist fails its own batch, with the server's message") {
    cluster c(10, 10);
    engine e(c.for_engine());
    std::vector<batch> all{made_up(0, 2), batch{"ais://nowhere"}.add("o"), made_up(2, 2)};
    std::vector<sample> got;
    auto const total = e.stream(all, {}, [&](sample s) { got.push_back(std::move(s)); });
    REQUIRE(total.has_value());
    REQUIRE(got.size() == 5);
    CHECK(got[2].status() == sample_status::failed);
    CHECK(got[2].why().code == errc::server_error);
    CHECK(got[2].why().http_status == 404);
    CHECK(got[2].why().server_text.find("nowhere") != std::string::npos);
    CHECK((is_right(got[0]) && is_right(got[4])));
    REQUIRE(total->fault);
    CHECK(total->fault->batch == 1);
}

TEST_CASE("a slow consumer delays new requests and loses nothing") {
    cluster c(3'000, 50'000);
    auto options = c.for_engine();
    options.memory_budget_bytes = 8 << 20;
    engine e(options);
    std::uint64_t next = 0;
    std::uint64_t most = 0;
    auto const total = e.stream(made_up_batches(60, 50), {.in_flight = 8}, [&](sample s) {
        REQUIRE(is_right(s));
        if (++next % 50 == 0) std::this_thread::sleep_for(10ms);
        most = std::max(most, e.stats().slab_bytes_in_use);
    });
    REQUIRE(total.has_value());
    CHECK(next == 3'000);
    // Data requested before its size was known may exceed the budget.
    CHECK(most < (8u << 20) + 8u * (4u << 20));
}

TEST_CASE(
    "samples that a consumer keeps hold their slabs, detached ones hold nothing, and neither counts as the engine's "
    "memory") {
    for (bool const detach : {false, true}) {
        cluster c(14'000, 10'000);
        auto options = c.for_engine();
        options.memory_budget_bytes = 16 << 20;
        engine e(options);
        std::vector<sample> kept;
        std::uint64_t seen = 0;
        auto const total = e.stream(made_up_batches(140, 100), {.in_flight = 8}, [&](sample s) {
            if (seen++ % 7 == 0) {
                if (detach) s.detach();
                kept.push_back(std::move(s));
            }
        });
        REQUIRE(total.has_value());
        CHECK(seen == 14'000);
        CHECK(kept.size() == 2'000);
        for (auto const& s : kept) REQUIRE(is_right(s));
        CHECK(e.stats().slab_bytes_in_use < (16u << 20));
        if (detach) CHECK(e.stats().held_bytes < (16u << 20));
        if (!detach) CHECK(e.stats().held_bytes >= 2'000 * 10'000);
        kept.clear();
        CHECK(e.stats().slab_bytes_in_use < (16u << 20));
        CHECK(e.stats().held_bytes == 0);
        CHECK(e.stats().slab_bytes_idle <= (16u << 20));
    }
}

TEST_CASE("samples outlive their stream and their engine") {
    cluster c(200, 20'000);
    std::vector<sample> kept;
    {
        engine e(c.for_engine());
        for (auto& s : e.get(made_up(0, 200))) kept.push_back(std::move(s));
    }
    REQUIRE(kept.size() == 200);
    for (auto const& s : kept) CHECK(is_right(s));
}

TEST_CASE("the end of every batch is reported once") {
    cluster c(1'000, 1'000);
    engine e(c.for_engine());
    std::mutex mutex;
    std::vector<batch_report> reports;
    stream_options how;
    how.in_flight = 4;
    how.on_batch_end = [&](batch_report const& r) {
        std::lock_guard lock(mutex);
        reports.push_back(r);
    };
    REQUIRE(e.stream(made_up_batches(20, 50), how, [](sample) {}).has_value());
    REQUIRE(reports.size() == 20);
    std::vector<bool> seen(20);
    for (auto const& r : reports) {
        CHECK(r.delivered == 50);
        CHECK(r.bytes == 50'000);
        CHECK(r.first_sample > 0ns);
        CHECK(r.last_sample >= r.first_sample);
        CHECK(!r.fault);
        CHECK(!seen[r.batch]);
        seen[r.batch] = true;
    }
}

TEST_CASE("invalid options are refused immediately") {
    auto code_of = [](engine_options o) {
        try {
            engine e(std::move(o));
        } catch (exception const& e) {
            return e.why().code;
        }
        return boost::system::error_code();
    };
    CHECK(code_of({.endpoint = "nonsense"}) == errc::invalid_endpoint);
    CHECK(code_of({.endpoint = "ftp://host"}) == errc::invalid_endpoint);
    CHECK(!code_of({.endpoint = "https://host"}));
    CHECK(code_of({.memory_budget_bytes = 1}) == errc::invalid_argument);
    engine e({.endpoint = "http://127.0.0.1:1"});
    CHECK_THROWS_AS(e.get(made_up(0, 1), {.output_format = ".7z"}), exception);
}

TEST_CASE("without a server every entry fails with the reason") {
    engine e({.endpoint = "http://127.0.0.1:1", .proxy_timeout = 60s});
    std::uint64_t failed = 0;
    auto const total = e.stream(made_up_batches(3, 4), {.retry = no_retry}, [&](sample s) {
        failed += s.status() == sample_status::failed && s.why().code == errc::connect_failed;
    });
    REQUIRE(total.has_value());
    CHECK(failed == 12);
}

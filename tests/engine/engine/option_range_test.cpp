// Options are checked where they are passed, and max() means no limit.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>
#include <aisle/http/deadlines.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <climits>

#include <chrono>
#include <cstdint>
#include <string>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

template <class F>
void check_refused(std::string const& option, std::string const& range, F f) {
    CAPTURE(option);
    try {
        f();
        FAIL("not refused");
    } catch (exception const& e) {
        CHECK(e.why().code == errc::invalid_argument);
        CHECK(e.why().text.find(option) == 0);
        CHECK(e.why().text.find(range) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("an engine option out of range is refused by name, with the range") {
    auto const refused = [](std::string const& option, std::string const& range, auto set) {
        check_refused(option, range, [&] {
            engine_options o;
            set(o);
            engine const e(o);
        });
    };
    for (auto t : {0ms, -1ms, milliseconds::min()}) {
        refused("connect_timeout", "1 ms", [=](engine_options& o) { o.connect_timeout = t; });
        refused("proxy_timeout", "1 ms", [=](engine_options& o) { o.proxy_timeout = t; });
        refused("first_byte_timeout", "1 ms", [=](engine_options& o) { o.first_byte_timeout = t; });
        refused("idle_timeout", "1 ms", [=](engine_options& o) { o.idle_timeout = t; });
        refused("request_timeout", "1 ms", [=](engine_options& o) { o.request_timeout = t; });
    }
    refused("memory_budget_bytes", "256 KiB", [](engine_options& o) { o.memory_budget_bytes = (256 << 10) - 1; });
    refused("shards", "256", [](engine_options& o) { o.shards = 257; });
}

TEST_CASE("a stream option out of range is refused by name, with the range, by every way to open a stream") {
    engine e(engine_options{});
    auto const refused = [&](std::string const& option, std::string const& range, auto set) {
        stream_options o;
        set(o);
        check_refused(option, range, [&] { e.get(made_up(0, 1), o); });
        check_refused(option, range, [&] { e.open(made_up(0, 1), o); });
        check_refused(option, range, [&] { e.stream(made_up(0, 1), o, [](sample) {}); });
        check_refused(option, range, [&] { e.start(made_up(0, 1), o, [](sample) {}, {}); });
        // Asynchronous calls report it as any other error.
        result<summary> told = summary{};
        check_refused(option, range, [&] {
            e.start(made_up(0, 1), o, [](sample) {}, [&](result<summary> r) { told = std::move(r); });
            static_cast<void>(told.value());
        });
        boost::asio::io_context io;
        summary handed;
        check_refused(option, range, [&] {
            async_stream(
                e, made_up(0, 1), o, [](sample) {},
                boost::asio::bind_executor(io, [&](boost::system::error_code ec, summary s) {
                    CHECK(ec == errc::invalid_argument);
                    handed = std::move(s);
                }));
            CHECK(io.run() == 1);
            if (handed.fault) throw exception(*handed.fault);
        });
    };
    for (auto t : {-1ms, milliseconds::min()}) {
        refused("run_timeout", "0 ms", [=](stream_options& o) { o.run_timeout = t; });
        refused("retry.elapsed", "0 ms", [=](stream_options& o) { o.retry.elapsed = t; });
        refused("retry.unreached", "0 ms", [=](stream_options& o) { o.retry.unreached = t; });
        refused("retry.first_wait", "0 ms", [=](stream_options& o) { o.retry.first_wait = t; });
        refused("retry.longest_wait", "0 ms", [=](stream_options& o) { o.retry.longest_wait = t; });
    }
    refused("retry.attempts", "1 or more", [](stream_options& o) { o.retry.attempts = 0; });
    refused("in_flight", "65536", [](stream_options& o) { o.in_flight = 65'537; });
    refused("max_in_flight", "65536", [](stream_options& o) { o.max_in_flight = 65'537; });
    CHECK_THROWS_AS(e.start(made_up(0, 1), {}, {}, {}), exception);
    result<summary> told = summary{};
    auto const cancel = e.start(made_up(0, 1), {}, {}, [&](result<summary> r) { told = std::move(r); });
    REQUIRE(told.has_error());
    CHECK(told.error().code == errc::invalid_argument);
    cancel();
    e.start(
        made_up(0, 1), {.output_format = ".rar"}, [](sample) {},
        [&](result<summary> r) {
            told = std::move(r);
            throw 42;  // dropped
        });
    REQUIRE(told.has_error());
    CHECK(told.error().code == errc::unsupported);
}

TEST_CASE("max() of every duration and count means no limit, and nothing fails because of it") {
    cluster c(200, 3'000);
    auto const fetch_with = [&](auto set) {
        auto o = c.for_engine();
        stream_options how;
        set(o, how);
        engine e(o);
        // Requests of all kinds: batches, plain GETs after a fault, retries.
        for (auto fault : {"", "abrupt@5000/2", "refuse-503/3", "short@3/2"}) {
            c.spoil(fault);
            std::uint64_t right = 0;
            how.retry.first_wait = std::min(how.retry.first_wait, 5ms);
            auto const total = e.stream(made_up_batches(4, 20), how, [&](sample s) { right += is_right(s); });
            c.spoil("");
            REQUIRE(total.has_value());
            CHECK(right + total->failed == 80);
        }
        std::uint64_t right = 0;
        auto const total = e.stream(made_up_batches(4, 20), how, [&](sample s) { right += is_right(s); });
        REQUIRE(total.has_value());
        CHECK(right == 80);
    };
    fetch_with([](engine_options& o, stream_options&) { o.connect_timeout = milliseconds::max(); });
    fetch_with([](engine_options& o, stream_options&) { o.proxy_timeout = milliseconds::max(); });
    fetch_with([](engine_options& o, stream_options&) { o.first_byte_timeout = milliseconds::max(); });
    fetch_with([](engine_options& o, stream_options&) { o.idle_timeout = milliseconds::max(); });
    fetch_with([](engine_options& o, stream_options&) { o.request_timeout = milliseconds::max(); });
    fetch_with([](engine_options& o, stream_options&) {
        o.connect_timeout = o.proxy_timeout = o.first_byte_timeout = o.idle_timeout = o.request_timeout =
            milliseconds::max();
        o.memory_budget_bytes = o.max_sample_bytes = SIZE_MAX;
        o.cold_gets = UINT_MAX;
    });
    fetch_with([](engine_options&, stream_options& how) { how.run_timeout = milliseconds::max(); });
    fetch_with([](engine_options&, stream_options& how) { how.retry.elapsed = milliseconds::max(); });
    fetch_with([](engine_options&, stream_options& how) {
        how.run_timeout = how.retry.elapsed = how.retry.unreached = how.retry.longest_wait = milliseconds::max();
        how.retry.attempts = UINT_MAX;
        how.in_flight = 65'536;
    });
    // The longest valid values, whose sums used to overflow.
    fetch_with([](engine_options& o, stream_options& how) {
        auto const long_time = std::chrono::duration_cast<milliseconds>(std::chrono::nanoseconds::max());
        o.connect_timeout = o.proxy_timeout = o.first_byte_timeout = o.idle_timeout = o.request_timeout = long_time;
        how.run_timeout = how.retry.elapsed = how.retry.unreached = how.retry.longest_wait = long_time;
    });
}

TEST_CASE("times add up to the end of time at most") {
    using http::after;
    using http::saturated;
    auto const now = std::chrono::steady_clock::now();
    CHECK(saturated(milliseconds::max()) == std::chrono::nanoseconds::max());
    CHECK(saturated(milliseconds::min()) == std::chrono::nanoseconds::min());
    CHECK(saturated(5ms) == 5'000'000ns);
    CHECK(after(now, milliseconds::max()) == std::chrono::steady_clock::time_point::max());
    CHECK(after(now, std::chrono::nanoseconds::max()) == std::chrono::steady_clock::time_point::max());
    CHECK(after(now, 5ms) == now + 5ms);
}

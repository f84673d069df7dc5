// An exception of the user's code ends its stream immediately, and is rethrown where documented.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>

#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <pthread.h>
#include <stdexcept>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

struct odd {};  // not a std::exception

enum class kind { number, words, nothing_known };

[[noreturn]] void throw_one(kind what) {
    switch (what) {
        case kind::number: throw 42;
        case kind::words: throw std::runtime_error("full");
        case kind::nothing_known: throw odd{};
    }
    std::abort();
}

constexpr kind all_kinds[] = {kind::number, kind::words, kind::nothing_known};

template <class F>
void check_throws(kind what, F f) {
    switch (what) {
        case kind::number: CHECK_THROWS_AS(f(), int); break;
        case kind::words: CHECK_THROWS_WITH(f(), "full"); break;
        case kind::nothing_known: CHECK_THROWS_AS(f(), odd); break;
    }
}

void check_thrown(kind what, error const& why) {
    CHECK(why.code == errc::callback_failed);
    REQUIRE(why.thrown);
    check_throws(what, [&] { std::rethrow_exception(why.thrown); });
    if (what == kind::words) CHECK(why.text.find("full") != std::string::npos);
}

// Answers that stall until long after the test.
void rest(cluster& c) {
    c.spoil("stall@3000");
}

bool is_usable(engine& e, cluster& c) {
    c.spoil("");
    auto const total = e.stream(made_up(0, 20), {}, [](sample) {});
    return total && total->delivered == 20;
}

}  // namespace

TEST_CASE("an exception of a source is rethrown by finish() and engine.stream(), of any type") {
    cluster c(1'000, 2'000);
    engine e(c.for_engine());
    for (auto what : all_kinds)
        for (int batches_before : {0, 1, 5}) {
            auto source = [=, n = 0]() mutable -> std::optional<batch> {
                if (n++ == batches_before) throw_one(what);
                return made_up(0, 10);
            };
            auto stream = e.open(source);
            while (stream.next()) {
            }
            check_throws(what, [&] { static_cast<void>(stream.finish()); });
            check_throws(what, [&] { e.stream(source, {}, [](sample) {}); });
        }
    CHECK(is_usable(e, c));
}

TEST_CASE("an exception of on_batch_end is rethrown by finish()") {
    cluster c(1'000, 2'000);
    engine e(c.for_engine());
    for (auto what : all_kinds) {
        stream_options how;
        how.on_batch_end = [=](batch_report const&) { throw_one(what); };
        check_throws(what, [&] { e.stream(made_up_batches(10, 20), how, [](sample) {}); });
    }
    CHECK(is_usable(e, c));
}

TEST_CASE("an exception of a sink is rethrown by engine.stream(), and is in the error that done receives") {
    cluster c(1'000, 2'000);
    engine e(c.for_engine());
    for (auto what : all_kinds) {
        check_throws(what, [&] { e.stream(made_up_batches(10, 20), {}, [=](sample) { throw_one(what); }); });
        std::promise<result<summary>> done;
        e.start(
            made_up_batches(10, 20), {}, [=](sample) { throw_one(what); },
            [&](result<summary> r) { done.set_value(std::move(r)); });
        auto const outcome = done.get_future().get();
        REQUIRE(outcome.has_error());
        check_thrown(what, outcome.error());
    }
    CHECK(is_usable(e, c));
}

TEST_CASE("a handler of the async form receives an error, and can get the exception") {
    cluster c(1'000, 2'000);
    engine e(c.for_engine());
    std::promise<std::pair<boost::system::error_code, summary>> got;
    async_stream(
        e, made_up_batches(10, 20), {}, [](sample) { throw 42; },
        [&](boost::system::error_code ec, summary s) { got.set_value({ec, std::move(s)}); });
    auto const [ec, s] = got.get_future().get();
    CHECK(ec == errc::callback_failed);
    REQUIRE(s.fault);
    check_thrown(kind::number, *s.fault);
    CHECK_THROWS_AS(async_stream(
                        e, made_up(0, 20), {}, [](sample) { throw 42; }, boost::asio::use_future)
                        .get(),
                    boost::system::system_error);
}

TEST_CASE("an exception of done is dropped") {
    cluster c(100, 2'000);
    engine e(c.for_engine());
    std::promise<void> called;
    e.start(
        made_up(0, 10), {}, [](sample) {},
        [&](result<summary>) {
            called.set_value();
            throw 42;
        });
    called.get_future().get();
    CHECK(is_usable(e, c));
}

TEST_CASE("active requests end immediately when the user's code throws, not at their normal end") {
    cluster c(1'000, 2'000);
    engine_options o = c.for_engine();
    o.idle_timeout = o.first_byte_timeout = 600s;
    engine e(o);
    stream_options how;
    how.in_flight = 8;
    how.hedging = false;
    auto const began = std::chrono::steady_clock::now();

    rest(c);
    std::promise<result<summary>> done;
    e.start(
        made_up_batches(8, 20), how, [](sample) { throw 42; },
        [&](result<summary> r) { done.set_value(std::move(r)); });
    auto outcome = done.get_future();
    REQUIRE(outcome.wait_for(60s) == std::future_status::ready);

    auto source = [n = 0]() mutable -> std::optional<batch> {
        if (n++ < 6) return made_up(0, 20);
        throw 42;
    };
    CHECK_THROWS_AS(e.stream(source, how, [](sample) {}), int);
    CHECK_THROWS_AS(e.stream(made_up_batches(8, 20), how, [](sample) { throw 42; }), int);
    // Otherwise these are 600 s each.
    CHECK(std::chrono::steady_clock::now() - began < 120s);
    CHECK(soon([&] { return e.stats().batches_in_flight == 0; }));
    CHECK(is_usable(e, c));
}

TEST_CASE("a thread that ends inside the user's code unwinds, and its stream ends") {
    cluster c(1'000, 2'000);
    engine e(c.for_engine());
    struct unwound {
        std::atomic<bool>* flag;
        ~unwound() { *flag = true; }
    };
    // In the sink; in the source's first call; in its second, with a request in flight.
    for (auto const& [in_source, exits_at] : {std::pair(false, 0), std::pair(true, 0), std::pair(true, 1)}) {
        std::atomic<bool> left{false};
        struct arguments {
            engine* on;
            std::atomic<bool>* left;
            bool in_source;
            int exits_at;
        } given{&e, &left, in_source, exits_at};
        pthread_t thread;
        REQUIRE(::pthread_create(
                    &thread, nullptr,
                    [](void* p) -> void* {
                        auto const& a = *static_cast<arguments*>(p);
                        unwound const u{a.left};
                        // A source also runs on engine threads, which it must not end.
                        auto source = [&a, n = 0, here = ::pthread_self()]() mutable -> std::optional<batch> {
                            if (a.in_source && n++ == a.exits_at) {
                                if (!::pthread_equal(here, ::pthread_self())) return {};
                                ::pthread_exit(nullptr);
                            }
                            return made_up(0, 20);
                        };
                        a.on->stream(source, {}, [&a](sample) {
                            if (!a.in_source) ::pthread_exit(nullptr);
                        });
                        return nullptr;
                    },
                    &given) == 0);
        REQUIRE(::pthread_join(thread, nullptr) == 0);
        CHECK(left);
    }
    CHECK(is_usable(e, c));
}

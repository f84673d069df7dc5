// What an engine logs, and when it stops.
#include "../cluster_fixture.hpp"
#include "../log_notebook.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cluster/proxy_list.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <sight/engine_log.hpp>
#include <stdexcept>
#include <string>
#include <support/soon.hpp>
#include <thread>
#include <variant>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

void fetch(engine& e, stream_options how = {}) {
    how.retry.first_wait = 1ms;
    how.retry.longest_wait = 20ms;
    REQUIRE(e.stream(made_up_batches(4, 20), how, [](sample const&) {}).has_value());
}

}  // namespace

TEST_CASE("a retry is logged with its reason, on an engine thread, after the answer that caused it") {
    cluster c(100, 1'000);
    // If the machine stalls for a second, the engine may give up the response before its fault: then once more.
    bool const is_logged = soon([&] {
        c.spoil("short@3x1");
        notebook log;
        auto options = c.for_engine();
        options.log.hook = log.hook();
        engine e(options);
        fetch(e);
        CHECK_FALSE(log.on_this_thread());
        REQUIRE(log.all("map.changed").size() == 1);
        CHECK(log.all("map.changed").front().fields.at("before") == "0");
        CHECK(log.all("plain_get").empty());  // debug
        auto const faulty = log.all("response.faulty");
        for (auto const& f : faulty) CHECK(f.fields.at("node").starts_with("127.0.0."));
        auto const retries = log.all("retry");
        for (auto const& r : retries) {
            CHECK(r.level == log_level::info);
            CHECK(!r.fields.at("why").empty());
        }
        return faulty.size() == 1 &&
               std::ranges::any_of(retries, [](told const& r) { return r.fields.at("entries") == "16"; });
    });
    CHECK(is_logged);
}

TEST_CASE("limits, lost connections and failed entries are logged") {
    cluster c(100, 1'000);
    notebook log;
    auto options = c.for_engine();
    options.log = {log.hook(), log_level::debug};
    engine e(options);
    SECTION("a refusal") {
        c.spoil("refuse-429x2");
        fetch(e, {.in_flight = 1});  // with several, a refusal that is late is no longer awaited
        auto const limits = log.all("limit.reached");
        REQUIRE(limits.size() == 2);
        CHECK(limits.front().fields.at("limit") == "requests");
        CHECK(limits.front().fields.at("status") == "429");
        CHECK(log.all("connection.lost").empty());
    }
    SECTION("a cut") {
        c.spoil("abrupt@5000x1");
        fetch(e, once_each());
        REQUIRE(log.all("connection.lost").size() == 1);
        CHECK(log.all("connection.lost").front().level == log_level::warning);
    }
    SECTION("an entry that is given up") {
        c.spoil("short@19x1");
        fetch(e, once_each());
        auto const failed = log.all("entry.failed");
        REQUIRE(failed.size() == 1);
        CHECK(failed.front().level == log_level::error);
        CHECK(failed.front().fields.at("entry") == "19");
    }
}

TEST_CASE("nothing is logged below the level, and nothing at all when it is off") {
    cluster c(100, 1'000);
    c.spoil("short@3x1");
    notebook log;
    auto options = c.for_engine();
    options.log = {log.hook(), log_level::error};
    SECTION("errors only") {}
    SECTION("off") {
        options.log.level = log_level::off;
    }
    engine e(options);
    fetch(e);
    CHECK(e.stats().retries > 0);
    CHECK(log.all().empty());
}

TEST_CASE("exceptions of the hook are dropped") {
    cluster c(100, 1'000);
    c.spoil("short@3x1");
    auto options = c.for_engine();
    std::atomic<int> calls{0};
    options.log.hook = [&](auto&&...) {
        ++calls;
        throw std::runtime_error("not for the engine");
    };
    engine e(options);
    fetch(e);
    CHECK(calls > 0);
}

TEST_CASE("the hook is destroyed when the engine's destructor has returned") {
    cluster c(100, 1'000);
    notebook log;
    {
        auto options = c.for_engine();
        options.log.hook = log.hook();
        auto e = std::make_unique<engine>(std::move(options));
        options = {};
        auto stream = e->open(made_up_batches(4, 20));
        REQUIRE(stream.next());
        CHECK(log.holders() > 0);
        e.reset();
        CHECK(log.holders() == 0);
    }
}

TEST_CASE("the hook may destroy its engine, and is destroyed when it returns") {
    cluster c(100, 1'000);
    struct shared {
        std::unique_ptr<engine> e;
        std::mutex mutex;
        std::condition_variable changed;
        int calls = 0;
    };
    auto const s = std::make_shared<shared>();
    std::weak_ptr<shared> const alive = s;
    auto const held = std::make_shared<int>(0);
    auto options = c.for_engine();
    options.shards = 1;  // another one may be in the hook too
    options.log.hook = [alive, held](auto&&...) {
        auto const all = alive.lock();
        std::unique_lock lock(all->mutex);
        if (++all->calls == 1) {
            auto const e = std::move(all->e);
            lock.unlock();
        }
        all->changed.notify_all();
    };
    s->e = std::make_unique<engine>(std::move(options));
    options = {};
    std::unique_lock lock(s->mutex);  // until the stream is opened, the hook waits
    auto stream = s->e->open(made_up_batches(4, 20));
    REQUIRE(s->changed.wait_for(lock, 60s, [&] { return s->calls > 0 && !s->e; }));
    lock.unlock();
    while (stream.next()) {
    }
    CHECK(soon([&] { return held.use_count() == 1; }));
    CHECK(s->calls == 1);
}

TEST_CASE("a log without a hook, or a closed one, wants no events") {
    detail::engine_log nobody{log_options{}};
    CHECK_FALSE(nobody.wants(log_level::error));
    nobody.tell(log_level::error, "x", {});
    int calls = 0;
    detail::engine_log log{{[&](log_level l, std::string_view event, std::span<log_field const> fields) {
                                ++calls;
                                CHECK(l == log_level::warning);
                                CHECK(event == "x.y");
                                REQUIRE(fields.size() == 3);
                                CHECK(std::get<std::uint64_t>(fields[0].value) == 7);
                                CHECK(std::get<std::int64_t>(fields[1].value) == -7);
                                CHECK(std::get<std::string_view>(fields[2].value) == "text");
                            },
                            log_level::info}};
    CHECK(log.wants(log_level::info));
    CHECK_FALSE(log.wants(log_level::debug));
    log.tell(log_level::warning, "x.y", {{"a", 7u}, {"b", -7}, {"c", "text"}});
    log.tell(log_level::debug, "x.y", {});
    log.tell(log_level::off, "x.y", {});
    CHECK(calls == 1);
    log.close();
    log.tell(log_level::error, "x.y", {});
    CHECK(calls == 1);
}

TEST_CASE("a change of the current proxy is reported") {
    auto const url = [](char const* text) { return http::parse_url(text).value(); };
    detail::proxy_list proxies({url("http://a:1"), url("http://b:1")});
    std::vector<std::string> left;
    proxies.on_left = [&](http::url const& from, http::url const& to) {
        left.push_back(from.authority() + " for " + to.authority());
    };
    auto const now = detail::proxy_list::time_point{} + 1h;
    proxies.failed(url("http://b:1"), now);  // it is not the current one
    CHECK(left.empty());
    proxies.failed(url("http://a:1"), now);
    CHECK(left == std::vector<std::string>{"a:1 for b:1"});
}

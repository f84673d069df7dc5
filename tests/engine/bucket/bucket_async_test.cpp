// Calls on buckets with Asio completion tokens.
#include "bucket_fixture.hpp"

#include <aisle/async_bucket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <fstream>
#include <http/scripted_server.hpp>
#include <support/certificates.hpp>
#include <support/pattern.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
namespace asio = boost::asio;

TEST_CASE("a coroutine creates, fills, lists, reads and destroys a bucket") {
    bucket_cluster c;
    asio::io_context io;
    std::vector<std::string> log;
    auto run = [&]() -> asio::awaitable<void> {
        auto const b = c.bucket("ais://fresh");
        auto creating = async_create(b, {}, asio::use_awaitable);
        log.push_back((co_await std::move(creating)).value() ? "made" : "not made");
        for (std::string const name : {"x", "y"}) {
            auto putting = async_put(b, name, name + name, {}, asio::use_awaitable);
            auto const put = co_await std::move(putting);
            log.push_back("put " + std::to_string(put.value().size));
        }
        auto listing = b.list({}, {.page_entries = 1});
        for (;;) {
            auto paging = async_next_page(listing, asio::use_awaitable);
            auto const page = co_await std::move(paging);
            if (page.value().empty()) break;
            log.push_back("listed " + page->front().name);
        }
        auto heading = async_head(b, "x", {}, asio::use_awaitable);
        auto const head = co_await std::move(heading);
        log.push_back(head.value().name);
        auto asking = async_exists(b, "z", {}, asio::use_awaitable);
        log.push_back((co_await std::move(asking)).value() ? "is there" : "is not there");
        auto getting = async_get(b, "y", {.range = {1, 1}}, asio::use_awaitable);
        auto const got = co_await std::move(getting);
        log.push_back(std::string(got.value().text()));
        auto destroying = async_destroy(b, {}, asio::use_awaitable);
        log.push_back((co_await std::move(destroying)).value() ? "destroyed" : "not destroyed");
    };
    asio::co_spawn(io, run, asio::detached);
    io.run();
    CHECK(log == std::vector<std::string>{"made", "put 2", "put 2", "listed x", "listed y", "x", "is not there", "y",
                                          "destroyed"});
}

TEST_CASE("futures wait for calls, also for those that cannot start") {
    bucket_cluster c;
    temporary_folder folder;
    std::ofstream(folder.path() / "f") << "of a file";
    CHECK(async_put_file(c.bucket(), "o", folder.path() / "f", {}, asio::use_future).get()->size == 9);
    CHECK(async_get(c.bucket(), "o", {}, asio::use_future).get()->text() == "of a file");
    CHECK(async_get(c.bucket(), "a//b", {}, asio::use_future).get().error().code == errc::invalid_entry);
    CHECK(async_put_file(c.bucket(), "o", folder.path() / "none", {}, asio::use_future).get().error().code ==
          errc::invalid_argument);
}

TEST_CASE("a handler runs on its own executor, once, and a call can be cancelled") {
    http::test::scripted_server silent([](http::test::peer& p) { p.wait_for_close(); });
    engine_options how;
    how.endpoint = silent.url();
    engine e(how);
    asio::io_context io;
    asio::cancellation_signal stop;
    int called = 0;
    error why;
    auto const here = std::this_thread::get_id();
    auto handler = [&](result<object_data> r) {
        ++called;
        why = r.error();
        CHECK(std::this_thread::get_id() == here);
    };
    async_get(e.bucket("ais://b"), "o", {},
              asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(io, handler)));
    while (silent.accepted() == 0) std::this_thread::yield();
    CHECK(called == 0);
    stop.emit(asio::cancellation_type::terminal);
    io.run();
    CHECK(called == 1);
    CHECK(why.code == errc::cancelled);
}

TEST_CASE("one page at a time; a cancelled page is returned by the next call; destroying the listing ends the wait") {
    bucket_cluster c;
    c.put("o", "x");
    http::test::scripted_server silent([](http::test::peer& p) { p.wait_for_close(); });
    engine_options how;
    how.endpoint = silent.url();
    engine e(how);
    auto listing = std::make_optional(e.bucket("ais://b").list());
    auto first = async_next_page(*listing, asio::use_future);
    CHECK(async_next_page(*listing, asio::use_future).get().error().code == errc::invalid_argument);
    listing.reset();
    CHECK(first.get().error().code == errc::cancelled);

    auto whole = c.bucket().list();
    asio::cancellation_signal stop;
    asio::io_context io;
    std::string came;
    auto handler = [&](result<std::vector<object_info>> r) { came = r ? "page" : "no page"; };
    async_next_page(whole, asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(io, handler)));
    stop.emit(asio::cancellation_type::terminal);
    io.run();
    if (came == "no page") CHECK(whole.next_page()->size() == 1);
    CHECK(whole.next_page()->empty());
}

TEST_CASE("calls in progress end with the engine") {
    http::test::scripted_server silent([](http::test::peer& p) { p.wait_for_close(); });
    engine_options how;
    how.endpoint = silent.url();
    auto e = std::make_optional<engine>(how);
    auto const b = e->bucket("ais://b");
    auto get = async_get(b, "o", {}, asio::use_future);
    auto put = async_put(b, "o", "x", {}, asio::use_future);
    e.reset();
    CHECK(get.get().error().code == errc::cancelled);
    CHECK(put.get().error().code == errc::cancelled);
    CHECK(async_head(b, "o", {}, asio::use_future).get().error().code == errc::cancelled);
}

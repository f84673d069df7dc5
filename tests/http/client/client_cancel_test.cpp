#include "client_harness.hpp"
#include "support/forked.hpp"
#include "support/soon.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <unistd.h>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

/// The stage in which a request is cancelled.
enum class reached { connecting, queueing, writing, awaiting_head, reading_body, reading_patiently };
/// What cancels it.
enum class by { slot, slot_that_throws, client_close, client_destruction };

struct run {
    explicit run(client_options o) : h(o) {}

    client_harness h;
    boost::asio::cancellation_signal stop;
    std::optional<outcome> got;
    bool begun = false;
    bool threw = false;
    bool ended = false;

    void start(request r, by how, std::chrono::microseconds patience) {
        auto work = [this, r, how, patience]() -> task<void> {
            if (how != by::slot_that_throws) co_await boost::asio::this_coro::throw_if_cancelled(false);
            auto fetching = h.fetching(r, patience);
            begun = true;
            got = co_await std::move(fetching);
        };
        boost::asio::co_spawn(h.io(), work,
                              boost::asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr e) {
                                  threw = e != nullptr;
                                  ended = true;
                              }));
    }

    void cancel(by how) {
        switch (how) {
            case by::slot:
            case by::slot_that_throws: stop.emit(boost::asio::cancellation_type::terminal); break;
            case by::client_close: h.client().close(); break;
            case by::client_destruction: h.destroy_client(); break;
        }
    }
};

request request_for(reached stage, std::string const& url) {
    return stage == reached::writing ? with_body(url, std::string(64 << 20, 'x')) : get(url);
}

}  // namespace

TEST_CASE("a request can be cancelled in every stage and every way, and leaves nothing behind") {
    std::atomic<bool> done{false};
    std::atomic<int> heads{0};
    scripted_server server([&](peer& p) {
        auto const head = p.read_head();
        ++heads;
        if (head.find("/writing") != head.npos)
            while (!done) std::this_thread::sleep_for(2ms);
        if (head.find("/body") != head.npos) p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nabc");
        p.wait_for_close();
    });
    silent_port silent;
    for (auto const stage : {reached::connecting, reached::queueing, reached::writing, reached::awaiting_head,
                             reached::reading_body, reached::reading_patiently})
        for (auto const how : {by::slot, by::slot_that_throws, by::client_close, by::client_destruction}) {
            CAPTURE(static_cast<int>(stage), static_cast<int>(how));
            client_options o;
            o.connections_per_host = 1;
            run first(o);
            std::string url = server.url();
            if (stage == reached::connecting) url = silent.url();
            if (stage == reached::writing) url = server.url("/writing");
            if (stage == reached::reading_body || stage == reached::reading_patiently) url = server.url("/body");
            auto const patience = stage == reached::reading_patiently ? 10s : 0s;
            int const heads_before = heads;
            if (stage == reached::queueing) {
                // Another request holds the only lease.
                boost::asio::co_spawn(
                    first.h.io(),
                    [&first, url]() -> task<void> {
                        auto other = first.h.fetching(get(url));
                        co_await std::move(other);
                    },
                    [](std::exception_ptr) {});
                REQUIRE(first.h.run_until([&] { return heads > heads_before; }));
            }
            first.start(request_for(stage, url), how, patience);
            REQUIRE(first.h.run_until([&] {
                if (stage == reached::connecting || stage == reached::queueing) return first.begun;
                if (stage == reached::writing || stage == reached::awaiting_head) return heads > heads_before;
                return first.h.client().stats().reads > 0;
            }));
            first.h.run_for(stage == reached::writing ? 100ms : 30ms);
            REQUIRE(!first.ended);
            first.cancel(how);
            REQUIRE(first.h.run_until([&] { return first.ended; }));
            if (how != by::slot_that_throws) CHECK(!first.threw);
            if (!first.threw) {
                REQUIRE(first.got);
                CHECK(first.got->code() == errc::cancelled);
            }
            if (how == by::slot || how == by::slot_that_throws)
                CHECK(first.h.client().stats().leased == (stage == reached::queueing ? 1 : 0));
            if (how != by::client_destruction && how != by::client_close && stage == reached::queueing)
                first.h.client().close();
            CHECK(first.h.run_until([&] { return first.h.slabs().in_use_bytes() == 0; }));
        }
    done = true;
}

TEST_CASE("after close() every request is cancelled") {
    client_harness h;
    h.client().close();
    CHECK(h.fetch("http://127.0.0.1:1/").code() == errc::cancelled);
    h.client().close();
}

TEST_CASE("cancelling a response ends its pending read, and later reads too") {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        p.wait_for_close();
    });
    client_harness h;
    std::optional<response> answer;
    errc seen{};
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        answer.emplace(std::move(*opened));
        partial_payload nothing;
        for (int i = 0; i < 3; ++i) {
            auto reading = answer->read(nothing);
            if (auto const read = co_await std::move(reading); !read)
                seen = static_cast<errc>(read.error().code.value());
        }
    });
    REQUIRE(h.run_until([&] { return answer.has_value(); }));
    h.run_for(20ms);
    CHECK(seen == errc{});
    answer->cancel();
    h.run();
    CHECK(seen == errc::cancelled);
    CHECK(h.client().stats().leased == 0);
}

TEST_CASE("a response may outlive its client, and then ends as cancelled") {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
        p.wait_for_close();
    });
    client_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        auto answer = std::move(*opened);
        h.destroy_client();
        partial_payload nothing;
        for (int i = 0; i < 2; ++i) {
            auto reading = answer.read(nothing);
            auto const read = co_await std::move(reading);
            if (i == 0) continue;  // data that arrived with the head is available in any case
            REQUIRE(!read);
            CHECK(read.error().code == errc::cancelled);
        }
        CHECK(answer.status() == 200);
    });
    h.run();
}

TEST_CASE("operations in flight are destroyed with the io_context") {
    scripted_server server([](peer& p) {
        auto const head = p.read_head();
        if (head.find("/body") != head.npos) p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
        p.wait_for_close();
    });
    silent_port silent;
    client_options o;
    o.connections_per_host = 2;
    client_harness h(o);
    for (auto const& url :
         {server.url(), server.url("/body"), server.url("/queued"), silent.url(), std::string("http://localhost:1/")})
        h.start([&h, url]() -> task<void> {
            auto fetching = h.fetching(get(url), 10s);
            co_await std::move(fetching);
        });
    h.run_for(30ms);
    h.destroy_client();  // the client must be destroyed before its io_context; cancelled operations are never resumed
                         // here
}

TEST_CASE("a response can be cancelled at any point while it arrives") {
    std::string const body(3 << 20, 'x');
    scripted_server server([&](peer& p) {
        while (!p.read_request().empty())
            if (!p.send(chunked_answer(body, 2000))) return;
    });
    for (int i = 0; i < 60; ++i) {
        run r{client_options{}};
        auto const how = i % 2 ? by::slot : by::slot_that_throws;
        r.start(get(server.url()), how, i % 3 ? 0us : 2000us);
        for (int step = 0; step < i * 2; ++step) r.h.io().restart(), r.h.io().run_one_for(1ms);
        r.cancel(how);
        REQUIRE(r.h.run_until([&] { return r.ended; }));
        if (r.got) {
            bool const expected = r.got->code() == errc::cancelled || r.got->body == body;
            CHECK(expected);
        }
        CHECK(r.h.client().stats().leased == 0);
    }
}

TEST_CASE("a request can be cancelled between two operations, when none is pending") {
    std::string const beginning = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nabc";
    scripted_server server([&](peer& p) {
        while (!p.read_request().empty()) p.send(beginning);
    });
    for (int turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        run r{client_options{}};
        r.start(get(server.url()), by::slot, turns % 2 ? 0us : 1000us);
        // Interleaves with the request's ready handlers, so that the cancellation falls between any two of its steps.
        // Must run on the io_context's thread, because otherwise it would be queued after all of them.
        std::function<void(int)> take_turns = [&](int left) {
            if (left == 0) return r.cancel(by::slot);
            boost::asio::post(r.h.io(), [&, left] { take_turns(left - 1); });
        };
        boost::asio::post(r.h.io(), [&] { take_turns(turns); });
        REQUIRE(r.h.run_until([&] { return r.ended; }));
        REQUIRE(r.got);
        CHECK(r.got->code() == errc::cancelled);
        CHECK(r.h.client().stats().leased == 0);
    }
}

TEST_CASE("abandoning an exchange closes its connection, even if a forked child has a copy of it",
          aisle::test::forks_beside_threads) {
    std::atomic<bool> ended{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
        p.wait_for_close();
        ended = true;
    });
    client_harness h;
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    pid_t child = -1;
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        child = aisle::test::fork_child([&] {
            // The child's use of its copy must not affect the parent's connection.
            h.client().close();
            char byte;
            ::close(gate[1]);
            while (::read(gate[0], &byte, 1) > 0) {
            }
            return 0;
        });
        timer rest(h.ex(), 100ms);
        co_await rest.async_wait(use_task);
        CHECK(!ended);
        opened->cancel();
    });
    h.run();
    CHECK(aisle::test::soon([&] { return ended.load(); }));
    ::close(gate[0]);
    ::close(gate[1]);
    CHECK(aisle::test::status_of(child) == 0);
}

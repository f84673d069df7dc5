// Reading an answer in steps, as the engine does: begin_read(), reading(), end_read().
#include "client_harness.hpp"
#include "support/soon.hpp"

#include <aisle/http/read_pacing.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <arpa/inet.h>
#include <future>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

// Reads to the end or the first error; `before` is called before each read, `after` after it.
task<outcome> read_in_steps(response answer, std::function<void(response&)> before, std::function<void()> after) {
    outcome out;
    partial_payload nothing;
    while (!answer.complete()) {
        before(answer);
        if (answer.begin_read(nothing)) {
            auto reading = answer.reading();
            auto const [ec, n] = co_await std::move(reading);
            answer.end_read(ec, n);
        }
        after();
        if (auto const* const why = answer.failure()) {
            out.failure = *why;
            CHECK_FALSE(answer.begin_read(nothing));
            CHECK(answer.pieces().empty());
            break;
        }
        out.body += joined(answer.pieces());
    }
    co_return out;
}

task<outcome> fetch_in_steps(client_harness& h, std::string url, std::function<void(response&)> before,
                             std::function<void()> after) {
    auto opening = h.client().open(get(url));
    auto opened = co_await std::move(opening);
    REQUIRE(opened);
    auto reading = read_in_steps(std::move(*opened), std::move(before), std::move(after));
    co_return co_await std::move(reading);
}

// This process's socket that is connected to the port, or -1.
int connection_to(std::uint16_t port) {
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_in to{};
        socklen_t size = sizeof to;
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&to), &size) == 0 && ntohs(to.sin_port) == port) return fd;
    }
    return -1;
}

// Its SO_RCVLOWAT.
int mark_of_connection_to(std::uint16_t port) {
    int mark = 0;
    socklen_t size = sizeof mark;
    return ::getsockopt(connection_to(port), SOL_SOCKET, SO_RCVLOWAT, &mark, &size) == 0 ? mark : -1;
}

// Makes room for more than a large read.
void enlarge_buffer_of_connection_to(std::uint16_t port) {
    int const bytes = 1 << 20;
    ::setsockopt(connection_to(port), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::size_t arrived_on_connection_to(std::uint16_t port) {
    int bytes = 0;
    return ::ioctl(connection_to(port), FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

TEST_CASE("reading in steps gives the same result as read(), for each form of a body") {
    std::string const body(300'000, 'x');
    for (auto const& answer : {chunked_answer(body, 3000), answer_of(body), answer_of("")}) {
        scripted_server server([&](peer& p) {
            while (!p.read_request().empty()) p.send(answer);
        });
        client_harness h;
        auto const expected = h.fetch(server.url()).body;
        outcome got;
        h.start([&]() -> task<void> {
            auto fetching = fetch_in_steps(h, server.url(), [](response&) {}, [] {});
            got = co_await std::move(fetching);
        });
        h.run();
        CHECK(got.body == expected);
        CHECK(got.code() == errc{});
        CHECK(server.accepted() == 1);
    }
}

TEST_CASE("an answer whose bytes are always available lets others run between two reads") {
    std::string const answer = answer_of(std::string(20'000'000, 'x'));
    scripted_server server([&](peer& p) {
        while (!p.read_request().empty()) p.send(answer);
    });
    client_harness h;
    int turns = 0;
    int reads = 0;
    int turns_in_a_row_missed = 0;
    bool over = false;
    std::function<void()> take_turn = [&] {
        ++turns;
        if (!over) boost::asio::post(h.io(), take_turn);
    };
    h.start([&]() -> task<void> {
        boost::asio::post(h.io(), take_turn);
        int seen = 0;
        auto fetching = fetch_in_steps(
            h, server.url(),
            [&](response&) {
                seen = turns;
                ++reads;
            },
            [&] {
                turns_in_a_row_missed = turns > seen ? 0 : turns_in_a_row_missed + 1;
                CHECK(turns_in_a_row_missed < 2);
            });
        auto const got = co_await std::move(fetching);
        CHECK(got.body.size() == 20'000'000);
        over = true;
    });
    h.run();
    CHECK(reads > 50);
    CHECK(turns >= reads / 2);
}

TEST_CASE("bytes that have arrived are read without waiting, and a large read expects more") {
    std::string const body(20'000'000, 'x');
    std::string const answer = answer_of(body);
    std::promise<void> go_on;
    bool ends_early = false;
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(std::string_view(answer).substr(0, 1'000));
        go_on.get_future().wait();
        p.send(std::string_view(answer).substr(1'000, ends_early ? 1'000 : answer.npos));
        if (!ends_early) p.wait_for_close();
    });
    for (bool const early : {false, true}) {
        go_on = {};
        ends_early = early;
        client_harness h;
        int empty = 0;
        int large = 0;
        outcome got;
        h.start([&]() -> task<void> {
            auto opening = h.client().open(get(server.url()));
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            response from = std::move(*opened);
            partial_payload nothing;
            while (!from.complete() && !from.failure()) {
                if (!from.read_arrived(nothing)) {
                    if (empty++ == 0) {
                        enlarge_buffer_of_connection_to(server.port());
                        go_on.set_value();
                        std::size_t const enough = early ? 1'000 : 160 * 1024;
                        CHECK(aisle::test::soon([&] { return arrived_on_connection_to(server.port()) >= enough; }));
                    }
                    from.begin_read(nothing);
                    auto reading = from.reading();
                    auto const [ec, n] = co_await std::move(reading);
                    from.end_read(ec, n);
                }
                large += from.expects_more();
                got.body += joined(from.pieces());
            }
            if (from.failure()) got.failure = *from.failure();
        });
        h.run();
        CHECK(empty > 0);
        CHECK((large > 0) == !early);
        CHECK(got.code() == (early ? errc::truncated_body : errc{}));
        CHECK(got.body.size() == (early ? 2'000 - (answer.size() - body.size()) : body.size()));
    }
}

TEST_CASE("a coroutine cancelled while it waits, or between two reads, ends as cancelled") {
    std::string const half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf";
    for (bool const between : {false, true}) {
        scripted_server server([&](peer& p) {
            p.read_request();
            p.send(half);
            p.wait_for_close();
        });
        client_harness h;
        boost::asio::cancellation_signal stop;
        outcome got;
        bool ended = false;
        int reads = 0;
        auto work = [&]() -> task<void> {
            co_await boost::asio::this_coro::throw_if_cancelled(false);
            auto opening = h.client().open(get(server.url()));
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            response answer = std::move(*opened);
            partial_payload nothing;
            while (got.code() == errc{}) {
                if (++reads == 2 && between) stop.emit(boost::asio::cancellation_type::terminal);
                auto reading = answer.read(nothing);
                auto const read = co_await std::move(reading);
                if (!read) got.failure = read.error();
            }
        };
        boost::asio::co_spawn(h.io(), work, boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) {
                                  CHECK_FALSE(e);
                                  ended = true;
                              }));
        if (!between) {
            CHECK(h.run_until([&] { return reads == 2; }));
            h.run_for(20ms);
            CHECK_FALSE(ended);
            stop.emit(boost::asio::cancellation_type::terminal);
        }
        CHECK(h.run_until([&] { return ended; }));
        CHECK(reads == 2);
        CHECK(got.code() == errc::cancelled);
        CHECK(h.client().stats().leased == 0);
    }
}

TEST_CASE("the mark stays for the whole answer, even if the patience ends without a byte") {
    std::promise<void> go_on;
    std::string const body(100'000, 'x');
    std::string const answer = chunked_answer(body, 10'000);
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(std::string_view(answer).substr(0, 5'000));
        go_on.get_future().wait();
        p.send(std::string_view(answer).substr(5'000));
        p.read_request();
        p.send(answer_of("next"));
        p.wait_for_close();
    });
    client_harness h;
    int reads = 0;
    outcome got;
    bool over = false;
    h.start([&]() -> task<void> {
        auto fetching = fetch_in_steps(h, server.url(), [](response& r) { r.set_patience(2ms); }, [&] { ++reads; });
        got = co_await std::move(fetching);
        over = true;
    });
    CHECK(h.run_until([&] { return reads > 0; }));
    h.run_for(50ms);
    CHECK_FALSE(over);
    CHECK(reads <= 3);  // the bytes that arrived, and no read without bytes
    CHECK(mark_of_connection_to(server.port()) == read_pacing::fair_bytes);
    go_on.set_value();
    h.run();
    CHECK(got.body == body);
    CHECK(h.fetch(server.url()).body == "next");
    CHECK(server.accepted() == 1);
}

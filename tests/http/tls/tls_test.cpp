#include "../client/client_harness.hpp"
#include "support/soon.hpp"
#include "tls_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <atomic>
#include <optional>
#include <thread>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using aisle::test::soon;
using namespace std::chrono_literals;

namespace {

struct trust : vouched_server {
    client_options options() const {
        client_options o;
        o.tls.ca_file = authority.ca_file();
        return o;
    }
};

std::string pattern(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return out;
}

}  // namespace

TEST_CASE("bodies of any size arrive unchanged over TLS, with and without patience, on one kept connection") {
    trust t;
    std::array<std::size_t, 6> const sizes{0, 1, 1000, 16'384, 70'000, 3'000'000};
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        for (std::size_t i = 0; !p.read_request().empty(); ++i)
            if (!p.send(chunked_answer(pattern(sizes[i % sizes.size()]), 30'000))) return;
    }));
    client_harness h(t.options());
    for (auto const patience : {0us, 2000us})
        for (auto const size : sizes) {
            outcome got;
            h.start([&]() -> task<void> {
                auto fetching = h.fetching(get(https_url(server)), patience);
                got = co_await std::move(fetching);
            });
            h.run();
            CHECK(got.failure.message() == error{}.message());
            CHECK((got.body == pattern(size)));
        }
    CHECK(server.accepted() == 1);
    CHECK(h.client().stats().connections_reused == 11);
}

TEST_CASE("a response does not depend on how TLS splits it into records") {
    trust t;
    std::string const answer = chunked_answer("some text to be cut at every place", 9);
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        for (std::size_t at = 1; !p.read_request().empty(); ++at)
            if (!p.send(std::string_view(answer).substr(0, at)) || !p.send(std::string_view(answer).substr(at))) return;
    }));
    client_harness h(t.options());
    for (std::size_t at = 1; at < answer.size(); ++at) {
        auto const got = h.fetch(https_url(server));
        CHECK(got.failure.message() == error{}.message());
        CHECK(got.body == "some text to be cut at every place");
    }
    CHECK(server.accepted() == 1);
}

TEST_CASE("many concurrent responses arrive over TLS, including those to large requests") {
    trust t;
    std::string const body = pattern(500'000);
    std::string const asked = pattern(200'000);
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        auto seen = p.read_request();
        auto const whole = seen.find("\r\n\r\n") + 4 + asked.size();
        while (seen.size() < whole) {
            auto const more = p.receive();
            if (more.empty()) return;
            seen += more;
        }
        p.send(seen.ends_with(asked) ? chunked_answer(body, 32'768) : answer_of("unexpected request", 400));
    }));
    client_harness h(t.options());
    std::vector<outcome> all(12);
    for (auto& one : all)
        h.start([&]() -> task<void> {
            auto fetching = h.fetching(with_body(https_url(server), asked));
            one = co_await std::move(fetching);
        });
    h.run();
    for (auto const& one : all) CHECK((one.body == body));
}

TEST_CASE("a body truncated over TLS is an error, with and without close_notify") {
    trust t;
    for (auto const end : {&tls_peer::finish, &tls_peer::cut}) {
        scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
            p.read_request();
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            (p.*end)();
            p.below().wait_for_close();
        }));
        client_harness h(t.options());
        auto const got = h.fetch(https_url(server));
        CHECK(got.body == "half");
        CHECK(got.code() == errc::truncated_body);
        CHECK(got.failure.where == stage::response);
        CHECK(got.failure.offset == 4);
        CHECK(h.client().stats().leased == 0);
    }
}

TEST_CASE("bytes changed in transit end the connection with an error, and no wrong data is delivered") {
    trust t;
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
        std::string record("\x17\x03\x03\x00\x40", 5);
        p.below().send(record + std::string(0x40, 'x'));
        p.below().wait_for_close();
    }));
    client_harness h(t.options());
    auto const got = h.fetch(https_url(server));
    CAPTURE(got.failure.message());
    CHECK(got.body == "half");
    CHECK(got.code() == errc::connection_lost);
    CHECK(got.failure.where == stage::response);
}

TEST_CASE("a kept TLS connection that the server has closed, or sent more data on, is not reused") {
    trust t;
    for (auto const end : {&tls_peer::finish, &tls_peer::cut}) {
        std::atomic<bool> over{false};
        scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
            p.read_request();
            p.send(answer_of("whole"));
            std::this_thread::sleep_for(20ms);
            (p.*end)();
            p.below().wait_until_delivered();
            over = true;
            p.below().wait_for_close();
        }));
        client_harness h(t.options());
        CHECK(h.fetch(https_url(server)).body == "whole");
        CHECK(soon([&] { return over.load(); }));
        CHECK(h.fetch(https_url(server)).body == "whole");
        CHECK(server.accepted() == 2);
        CHECK(h.client().stats().stale_retries == 0);
    }
    std::atomic<bool> talked{false};
    scripted_server talks(over_tls({t.server}, [&](tls_peer& p) {
        p.read_request();
        p.send(answer_of("whole"));
        std::this_thread::sleep_for(20ms);
        p.send("junk");
        p.below().wait_until_delivered();
        talked = true;
        p.below().wait_for_close();
    }));
    client_harness h(t.options());
    CHECK(h.fetch(https_url(talks)).body == "whole");
    CHECK(soon([&] { return talked.load(); }));
    CHECK(h.fetch(https_url(talks)).body == "whole");
    CHECK(talks.accepted() == 2);
}

TEST_CASE("bytes after a response are detected in a separate TLS record too") {
    trust t;
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        p.read_request();
        p.send(answer_of("whole") + "HTTP/1.1 200 OK\r\n");
        p.below().wait_for_close();
    }));
    client_harness h(t.options());
    auto const got = h.fetch(https_url(server));
    CHECK(got.body == "whole");
    CHECK(got.code() == errc::trailing_data);
}

TEST_CASE("deadlines apply over TLS") {
    trust t;
    for (char const* beginning : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
        scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
            p.read_request();
            p.send(beginning);
            p.below().wait_for_close();
        }));
        auto o = one_short(*beginning ? &client_options::idle_timeout : &client_options::first_byte_timeout);
        o.tls = t.options().tls;
        client_harness h(o);
        auto const got = h.fetch(https_url(server));
        CHECK(got.code() == (*beginning ? errc::idle_timeout : errc::first_byte_timeout));
    }
}

TEST_CASE("https and http to the same port use separate connections, and a redirect between them drops credentials") {
    trust t;
    std::string seen_plain, seen_secure;
    scripted_server plain([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            seen_plain += r;
            p.send(answer_of("plain"));
        }
    });
    scripted_server secure(over_tls({t.server}, [&](tls_peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            seen_secure = r;
            if (r.starts_with("GET /down"))
                p.send(answer_of("", 307, "Location: " + plain.url("/secret") + "\r\n"));
            else
                p.send(answer_of("secure"));
        }
    }));
    client_harness h(t.options());
    auto r = get(https_url(secure, "localhost", "/down"));
    r.extra.push_back({"Authorization", "Bearer secret-token"});
    auto const got = h.fetch(r);
    CHECK(got.code() == errc::bad_redirect);
    CHECK(got.failure.where == stage::redirect);
    CHECK(got.failure.message().find("secret-token") == std::string::npos);
    CHECK(seen_secure.find("Authorization: Bearer secret-token") != std::string::npos);
    CHECK(seen_plain.empty());
    auto same_port_plain = h.fetch("http://localhost:" + std::to_string(secure.port()) + "/");
    CHECK(same_port_plain.failure.code);
    CHECK(h.fetch(https_url(secure)).body == "secure");
}

TEST_CASE("a response can be cancelled at any point while it arrives over TLS") {
    trust t;
    std::string const body = pattern(2'000'000);
    scripted_server server(over_tls({t.server}, [&](tls_peer& p) {
        while (!p.read_request().empty())
            if (!p.send(chunked_answer(body, 2000))) return;
    }));
    for (int i = 0; i < 30; ++i) {
        client_harness h(t.options());
        boost::asio::cancellation_signal stop;
        std::optional<outcome> got;
        bool ended = false;
        auto work = [&]() -> task<void> {
            if (i % 2) co_await boost::asio::this_coro::throw_if_cancelled(false);
            auto fetching = h.fetching(get(https_url(server)));
            got = co_await std::move(fetching);
        };
        boost::asio::co_spawn(
            h.io(), work, boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; }));
        for (int step = 0; step < i * 3; ++step) h.io().restart(), h.io().run_one_for(1ms);
        stop.emit(boost::asio::cancellation_type::terminal);
        REQUIRE(h.run_until([&] { return ended; }));
        if (got) CHECK((got->code() == errc::cancelled || got->body == body));
        CHECK(h.client().stats().leased == 0);
        CHECK(h.slabs().in_use_bytes() == 0);
    }
}

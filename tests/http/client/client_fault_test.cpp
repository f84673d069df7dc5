#include "client_harness.hpp"
#include "support/soon.hpp"

#include <atomic>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using aisle::test::soon;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

scripted_server::script once(std::string bytes, void (peer::*then)()) {
    return [bytes, then](peer& p) {
        p.read_request();
        p.send(bytes);
        (p.*then)();
    };
}

std::string const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("bytes after the end of a response are an error after its whole body, and close the connection") {
    for (auto const& answer : {answer_of("whole"), chunked + "5\r\nwhole\r\n0\r\n\r\n"}) {
        scripted_server server(once(answer + "HTTP/1.1 200 OK\r\n", &peer::wait_for_close));
        client_harness h;
        auto const got = h.fetch(server.url());
        CHECK(got.body == "whole");
        CHECK(got.code() == errc::trailing_data);
        CHECK(got.failure.offset == 5);
        CHECK(h.client().stats().idle == 0);
        CHECK(h.client().stats().leased == 0);
    }
}

TEST_CASE("a kept-alive connection with unexpected data is not reused") {
    std::atomic<bool> was_read{false};
    std::atomic<bool> talked{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(answer_of("whole"));
        if (p.number() == 0 && soon([&] { return was_read.load(); })) {
            p.send("junk");
            p.wait_until_delivered();
            talked = true;
        }
        p.wait_for_close();
    });
    client_harness h;
    CHECK(h.fetch(server.url()).body == "whole");
    was_read = true;
    CHECK(h.client().stats().idle == 1);
    CHECK(soon([&] { return talked.load(); }));
    CHECK(h.fetch(server.url()).body == "whole");
    CHECK(server.accepted() == 2);
}

TEST_CASE("a body truncated by a clean close is an error with its offset") {
    for (auto const& answer : {chunked + "a\r\nhalf", chunked + "4\r\nhalf\r\n", chunked + "4\r\nhalf\r\n0\r\n",
                               std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")}) {
        CAPTURE(answer);
        scripted_server server(once(answer, &peer::finish));
        client_harness h;
        auto const got = h.fetch(server.url());
        CHECK(got.body == "half");
        CHECK(got.code() == errc::truncated_body);
        CHECK(got.failure.offset == 4);
        CHECK(got.failure.http_status == 200);
        CHECK(h.client().stats().leased == 0);
    }
}

TEST_CASE("a reset in the middle of a body is connection_lost") {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(chunked + "a\r\nhalf");
        std::this_thread::sleep_for(20ms);
        p.reset();
    });
    client_harness h;
    auto const got = h.fetch(server.url());
    CHECK(got.body == "half");
    CHECK(got.code() == errc::connection_lost);
    CHECK(got.failure.offset == 4);
}

TEST_CASE("a connection closed inside the head is connection_lost") {
    for (char const* answer : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le"}) {
        scripted_server server(once(answer, &peer::finish));
        client_harness h;
        CHECK(h.fetch(server.url()).code() == errc::connection_lost);
    }
}

TEST_CASE("a response that is not HTTP, or whose end is undefined, is rejected") {
    client_harness h;
    scripted_server noise(once("220 mail.example ESMTP\r\n\r\n", &peer::wait_for_close));
    CHECK(h.fetch(noise.url()).code() == errc::bad_http);
    scripted_server unframed(once("HTTP/1.1 200 OK\r\n\r\nbody", &peer::finish));
    CHECK(h.fetch(unframed.url()).code() == errc::unframed_body);
    scripted_server bad_chunk(once(chunked + "5\r\nwhole\r\nxyz\r\n", &peer::wait_for_close));
    auto const got = h.fetch(bad_chunk.url());
    CHECK(got.code() == errc::bad_http);
    CHECK(got.failure.offset == 5);
    CHECK(h.client().stats().leased == 0);
}

TEST_CASE("after an error every read returns the same error") {
    scripted_server server(once(chunked + "4\r\nhalf", &peer::finish));
    client_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        partial_payload nothing;
        for (int i = 0; i < 4; ++i) {
            auto reading = opened->read(nothing);
            auto const read = co_await std::move(reading);
            CHECK(!opened->complete());
            if (i < 2) continue;  // the body, and possibly its end in a separate read
            CHECK(opened->pieces().empty());
            REQUIRE(!read);
            CHECK(read.error().code == errc::truncated_body);
        }
    });
    h.run();
}

TEST_CASE("a server that does not accept the connection causes a connect timeout") {
    silent_port port;
    client_harness h(one_short(&client_options::connect_timeout));
    auto const began = clock_type::now();
    auto const got = h.fetch(port.url());
    CHECK(got.code() == errc::connect_timeout);
    CHECK(got.failure.where == stage::connect);
    CHECK(clock_type::now() - began >= 200ms);
    CHECK(clock_type::now() - began < 9s);  // not the default
}

TEST_CASE("a server that does not answer, or stops inside the head, causes a first-byte timeout") {
    for (char const* beginning : {"", "HTTP/1.1 200 OK\r\nContent-"}) {
        scripted_server server(once(beginning, &peer::wait_for_close));
        client_harness h(one_short(&client_options::first_byte_timeout));
        auto const began = clock_type::now();
        auto const got = h.fetch(server.url());  // run() gives up before the default
        CHECK(got.code() == errc::first_byte_timeout);
        CHECK(clock_type::now() - began >= 200ms);
    }
}

TEST_CASE("a request's own timeouts replace the client's") {
    client_options longer_than_the_test;
    longer_than_the_test.connect_timeout = 120s;
    longer_than_the_test.first_byte_timeout = 120s;
    client_harness patient(longer_than_the_test);
    silent_port port;
    auto connecting = get(port.url());
    connecting.connect_timeout = 100ms;
    auto const began = clock_type::now();
    CHECK(patient.fetch(connecting).code() == errc::connect_timeout);
    scripted_server silent([](peer& p) {
        p.read_request();
        p.wait_for_close();
    });
    auto waiting = get(silent.url());
    waiting.first_byte_timeout = 100ms;
    CHECK(patient.fetch(waiting).code() == errc::first_byte_timeout);
    CHECK(clock_type::now() - began >= 200ms);

    client_harness hasty(one_short(&client_options::first_byte_timeout));
    CHECK(hasty.fetch(silent.url()).code() == errc::first_byte_timeout);
    scripted_server slow([](peer& p) {
        p.read_request();
        std::this_thread::sleep_for(600ms);
        p.send(answer_of("late"));
    });
    auto enough = get(slow.url());
    enough.first_byte_timeout = 30s;
    CHECK(hasty.fetch(enough).body == "late");
}

TEST_CASE("a request's own timeouts also apply after a redirect, and to the replacement of a stale connection") {
    // The client's own timeout expires before these answer.
    scripted_server slow([](peer& p) {
        p.read_request();
        std::this_thread::sleep_for(600ms);
        p.send(answer_of("late"));
    });
    scripted_server redirecting([&](peer& p) {
        while (!p.read_request().empty()) p.send(answer_of("", 307, "Location: " + slow.url() + "\r\n"));
    });
    scripted_server stale([](peer& p) {
        p.read_request();
        if (p.number() == 0) {
            p.send(answer_of("first"));
            p.read_request();  // and closes without a response
        } else {
            std::this_thread::sleep_for(600ms);
            p.send(answer_of("second"));
        }
    });
    client_harness h(one_short(&client_options::first_byte_timeout));
    auto redirected = get(redirecting.url());
    redirected.first_byte_timeout = 30s;
    CHECK(h.fetch(redirected).body == "late");
    CHECK(h.client().stats().redirects == 1);
    auto repeated = get(stale.url());
    repeated.first_byte_timeout = 30s;
    CHECK(h.fetch(repeated).body == "first");
    CHECK(h.fetch(repeated).body == "second");
    CHECK(h.client().stats().stale_retries == 1);
}

TEST_CASE("the idle timeout limits neither the first byte nor the total time of a body that progresses") {
    scripted_server server([](peer& p) {
        p.read_request();
        std::this_thread::sleep_for(800ms);
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        p.send_slowly("0123456789", 1, 80ms);
    });
    auto o = one_short(&client_options::idle_timeout);
    o.idle_timeout = 500ms;
    client_harness h(o);
    // On a busy machine a byte may be later than the idle timeout, but not each time.
    outcome got;
    for (int tries = 0; tries < 10 && got.body != "0123456789"; ++tries) got = h.fetch(server.url());
    CHECK(got.body == "0123456789");
    CHECK(got.code() == errc{});
}

TEST_CASE("a response that stalls causes an idle timeout") {
    scripted_server server(once(chunked + "a\r\nhalf", &peer::wait_for_close));
    client_harness h(one_short(&client_options::idle_timeout));
    auto const got = h.fetch(server.url());
    CHECK(got.body == "half");
    CHECK(got.code() == errc::idle_timeout);
    CHECK(got.failure.offset == 4);
    CHECK(h.client().stats().leased == 0);
}

TEST_CASE("a consumer that pauses between two reads does not cause an idle timeout") {
    std::atomic<bool> was_read{false};
    std::atomic<bool> delivered{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
        soon([&] { return was_read.load(); });
        p.send("half");
        p.wait_until_delivered();
        delivered = true;
        p.wait_for_close();
    });
    client_harness h(one_short(&client_options::idle_timeout));
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        partial_payload nothing;
        std::string body;
        while (!opened->complete()) {
            timer rest(h.ex(), 500ms);
            co_await rest.async_wait(use_task);
            if (was_read) CHECK(soon([&] { return delivered.load(); }));
            auto reading = opened->read(nothing);
            auto const reading_done = co_await std::move(reading);
            REQUIRE(reading_done);
            body += joined(opened->pieces());
            was_read = true;
        }
        CHECK(body == "halfhalf");
    });
    h.run();
}

TEST_CASE("a request that the server does not read causes an idle timeout") {
    std::atomic<bool> done{false};
    scripted_server server([&](peer&) {
        while (!done) std::this_thread::sleep_for(5ms);
    });
    client_harness h(one_short(&client_options::idle_timeout));
    auto const got = h.fetch(with_body(server.url(), std::string(64 << 20, 'x')));
    done = true;
    CHECK(got.code() == errc::idle_timeout);
    CHECK(got.failure.where == stage::request);
}

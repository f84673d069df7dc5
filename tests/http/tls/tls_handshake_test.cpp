#include "../client/client_harness.hpp"
#include "tls_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <optional>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;
using aisle::test::certificate_recipe;
using aisle::test::test_authority;

namespace {

struct trust : vouched_server {
    client_options options(std::string ca_file) const {
        client_options o;
        o.connect_timeout = 30s;
        o.tls.ca_file = std::move(ca_file);
        return o;
    }
    client_options options() const { return options(authority.ca_file()); }
};

scripted_server::script answering(tls_server_options const& options) {
    return over_tls(options, [](tls_peer& p) {
        while (!p.read_request().empty()) p.send(answer_of("secret"));
    });
}

outcome fetch(client_options const& o, std::string const& url) {
    client_harness h(o);
    return h.fetch(url);
}

void check_refused(outcome const& got, std::string_view why) {
    CAPTURE(got.failure.message());
    CHECK(got.body.empty());
    CHECK(got.code() == errc::tls_failed);
    CHECK(got.failure.where == stage::connect);
    CHECK(got.failure.text.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("a server whose certificate was signed by the given authority is accepted, by name and by address") {
    trust t;
    for (int const version : {0, TLS1_2_VERSION}) {
        scripted_server server(answering({t.server, {}, version}));
        for (auto const* host : {"localhost", "127.0.0.1", "LOCALHOST"}) {
            auto const got = fetch(t.options(), https_url(server, host));
            CHECK(got.failure.message() == error{}.message());
            CHECK(got.body == "secret");
        }
    }
}

TEST_CASE("a certificate that has expired, is not valid yet, or is for another host is rejected with the reason") {
    trust t;
    struct wrong {
        certificate_recipe recipe;
        char const* host;
        char const* words;
    };
    std::array<wrong, 6> const all{{
        {{.valid_from_days = -10, .valid_to_days = -1}, "localhost", "expired"},
        {{.valid_from_days = 1, .valid_to_days = 10}, "localhost", "not yet valid"},
        {{.names = "DNS:elsewhere.example,IP:127.0.0.9"}, "localhost", "not valid for localhost"},
        {{.names = "DNS:elsewhere.example,IP:127.0.0.9"}, "127.0.0.1", "not valid for 127.0.0.1"},
        {{.names = "DNS:localhost,DNS:127.0.0.1"},
         "127.0.0.1",
         "not valid for 127.0.0.1"},  // an address is not a DNS name
        {{.common_name = "localhost", .names = ""},
         "localhost",
         "not valid for localhost"},  // the common name is ignored
    }};
    for (auto const& each : all) {
        scripted_server server(answering({t.authority.issue(each.recipe)}));
        check_refused(fetch(t.options(), https_url(server, each.host)), each.words);
    }
}

TEST_CASE("a certificate without a trusted signature is rejected, unless it is trusted itself") {
    trust t;
    auto const own = test_authority::self_signed(t.folder, {.file = "own"});
    test_authority const stranger(t.folder, "stranger");
    scripted_server self_signed(answering({own}));
    scripted_server of_stranger(answering({stranger.issue({.file = "strange"})}));
    check_refused(fetch(t.options(), https_url(self_signed)), "self-signed");
    check_refused(fetch(t.options(""), https_url(self_signed)), "self-signed");
    check_refused(fetch(t.options(), https_url(of_stranger)), "CA file");
    check_refused(fetch(t.options(""), https_url(of_stranger)), "CA file");
    CHECK(fetch(t.options(own.certificate), https_url(self_signed)).body == "secret");
}

TEST_CASE("without verification any certificate is accepted") {
    trust t;
    scripted_server server(answering({test_authority::self_signed(
        t.folder, {.names = "DNS:elsewhere.example", .valid_from_days = -9, .valid_to_days = -2})}));
    for (auto const& ca : {std::string(), t.authority.ca_file()}) {
        auto o = t.options(ca);
        o.tls.verify = false;
        CHECK(fetch(o, https_url(server)).body == "secret");
    }
}

TEST_CASE("a server that requires a client certificate gets it, or the error says that one is required") {
    trust t;
    test_authority const stranger(t.folder, "stranger");
    auto const client = t.authority.issue({.file = "client", .common_name = "me", .names = ""});
    auto const strange = stranger.issue({.file = "strange", .common_name = "me", .names = ""});
    for (int const version : {0, TLS1_2_VERSION}) {
        scripted_server server(answering({t.server, t.authority.ca_file(), version}));
        auto o = t.options();
        check_refused(fetch(o, https_url(server)), "client certificate");
        o.tls.certificate_file = client.certificate;
        o.tls.key_file = client.key;
        CHECK(fetch(o, https_url(server)).body == "secret");
        o.tls.certificate_file = strange.certificate;
        o.tls.key_file = strange.key;
        check_refused(fetch(o, https_url(server)), "the server rejected this client's certificate");
        // A body too large for the socket buffer is still being written when the server rejects it.
        client_harness h(t.options());
        check_refused(h.fetch(with_body(https_url(server), std::string(32 << 20, 'x'))), "client certificate");
    }
}

TEST_CASE("a server without TLS, or with TLS 1.1 at most, is rejected") {
    trust t;
    scripted_server plain([](peer& p) {
        p.receive();
        p.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    check_refused(fetch(t.options(), https_url(plain)), "is this an https port?");
    scripted_server old([](peer& p) {
        p.receive();
        p.send(std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));  // the alert protocol_version
    });
    check_refused(fetch(t.options(), https_url(old)), "TLS 1.2");
}

TEST_CASE("a connection closed during the handshake is connect_failed, not tls_failed") {
    trust t;
    scripted_server hangs_up([](peer& p) {
        p.receive();
        p.finish();
    });
    scripted_server resets([](peer& p) {
        p.receive();
        p.reset();
    });
    for (auto* const server : {&hangs_up, &resets}) {
        auto const got = fetch(t.options(), https_url(*server));
        CAPTURE(got.failure.message());
        CHECK(got.code() == errc::connect_failed);
        CHECK(got.failure.where == stage::connect);
        CHECK(got.failure.text.find("handshake") != std::string::npos);
    }
}

TEST_CASE("a handshake that stalls ends at the connect deadline, and can be cancelled") {
    trust t;
    scripted_server server([](peer& p) { p.wait_for_close(); });
    auto const got = fetch(
        [&] {
            auto o = t.options();
            o.connect_timeout = 200ms;
            return o;
        }(),
        https_url(server));
    CHECK(got.code() == errc::connect_timeout);
    CHECK(got.failure.where == stage::connect);

    for (bool const by_slot : {true, false}) {
        client_harness h(t.options());
        int const accepted_before = server.accepted();
        bool ended = false;
        boost::asio::cancellation_signal stop;
        std::optional<outcome> cancelled;
        auto work = [&]() -> task<void> {
            auto fetching = h.fetching(get(https_url(server)));
            cancelled = co_await std::move(fetching);
        };
        boost::asio::co_spawn(
            h.io(), work, boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; }));
        REQUIRE(h.run_until([&] { return server.accepted() > accepted_before; }));
        h.run_for(50ms);
        REQUIRE(!ended);
        if (by_slot)
            stop.emit(boost::asio::cancellation_type::terminal);
        else
            h.client().close();
        REQUIRE(h.run_until([&] { return ended; }));
        if (!by_slot) {
            REQUIRE(cancelled);
            CHECK(cancelled->code() == errc::cancelled);
        }
        CHECK(h.client().stats().leased == 0);
        CHECK(h.slabs().in_use_bytes() == 0);
    }
}

TEST_CASE("unusable files are reported by name when the client is created") {
    trust t;
    auto const noise = t.folder.write("noise.pem", "no certificate\n");
    auto const empty = t.folder.write("empty.pem", "");
    auto const other = t.authority.issue({.file = "other"});
    auto const locked = (t.folder.path() / "locked.key").string();
    REQUIRE(
        std::system(("openssl pkey -in '" + other.key + "' -aes128 -passout pass:x -out '" + locked + "' 2>/dev/null")
                        .c_str()) == 0);
    auto const refusal = [](tls_settings s) -> error {
        try {
            tls_context const made(std::move(s));
        } catch (exception const& e) {
            return e.why();
        }
        return {};
    };
    auto const check = [&](tls_settings s, std::string const& named) {
        auto const e = refusal(std::move(s));
        CAPTURE(named, e.message());
        CHECK(e.code == errc::invalid_argument);
        CHECK(e.where == stage::usage);
        CHECK(e.text.find(named) != std::string::npos);
    };
    for (auto const& bad : {noise, empty, std::string("/no/such/file"), t.folder.path().string()}) {
        check({.ca_file = bad}, bad);
        check({.certificate_file = bad, .key_file = t.server.key}, bad);
        check({.certificate_file = t.server.certificate, .key_file = bad}, bad);
    }
    check({.certificate_file = t.server.certificate}, t.server.certificate);
    check({.key_file = t.server.key}, t.server.key);
    check({.certificate_file = t.server.certificate, .key_file = other.key}, other.key);
    check({.certificate_file = other.certificate, .key_file = locked}, locked);
    CHECK(!refusal({.ca_file = t.authority.ca_file(), .certificate_file = other.certificate, .key_file = other.key})
               .code);
    CHECK(!refusal({}).code);
    auto o = t.options(noise);
    CHECK_THROWS_AS(client_harness(o), exception);
}

TEST_CASE("the client hello has the host's name, ALPN with HTTP/1.1 only, and TLS 1.2 or later") {
    trust t;
    std::string greeting;
    scripted_server server([&](peer& p) { greeting = p.receive(); });
    auto const offers = [&](std::string_view what) { return greeting.find(what) != std::string::npos; };
    std::string const protocols("\x00\x10\x00\x0b\x00\x09\x08http/1.1", 15);  // RFC 7301, section 3.1
    for (char const* const host : {"localhost", "127.0.0.1"}) {
        fetch(t.options(), https_url(server, host));
        CHECK(offers(protocols));
        CHECK(offers("localhost") == (host == std::string_view("localhost")));  // RFC 6066: no address is sent
        CHECK(!offers("127.0.0.1"));
        CHECK(offers(std::string_view("\x00\x2b\x00\x05\x04\x03\x04\x03\x03", 9)));  // RFC 8446, section 4.2.1
    }
}

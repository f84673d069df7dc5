#include "../client/result_text.hpp"

#include <aisle/http/url.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::http;

TEST_CASE("a URL is parsed into host, port, path and query") {
    auto const u = parse_url("http://Target-1.local:8081/v1/ml/moss/b?provider=ais&pid=p#frag").value();
    CHECK(u.host == "target-1.local");
    CHECK(u.port == 8081);
    CHECK(u.path == "/v1/ml/moss/b");
    CHECK(u.query == "provider=ais&pid=p");
    CHECK(u.target() == "/v1/ml/moss/b?provider=ais&pid=p");
    CHECK(u.authority() == "target-1.local:8081");
}

TEST_CASE("missing parts of a URL have defaults") {
    auto const u = parse_url("http://localhost").value();
    CHECK(u == url{});
    CHECK(u.target() == "/");
    CHECK(parse_url("http://localhost:/?a=b").value().target() == "/?a=b");
    CHECK(parse_url("HTTP://localhost:80/").value() == url{});
}

TEST_CASE("https is distinguished from http, and has its own default port") {
    auto const u = parse_url("https://host/x").value();
    CHECK(u.secure);
    CHECK(u.port == 443);
    CHECK(u.origin() == "https://host:443");
    CHECK(parse_url("HTTPS://host:8080").value().origin() == "https://host:8080");
    CHECK(parse_url("http://host:443").value().origin() == "http://host:443");
    CHECK(resolve_location(u, "/y").value().origin() == "https://host:443");
    CHECK(resolve_location(u, "//other/y").value().origin() == "https://other:443");
    CHECK(resolve_location(u, "http://other/y").value().origin() == "http://other:80");
}

TEST_CASE("an IPv6 host has brackets in URLs and none for the resolver") {
    auto const u = parse_url("http://[2001:db8::1]:8080/x").value();
    CHECK(u.host == "2001:db8::1");
    CHECK(u.authority() == "[2001:db8::1]:8080");
    auto const loopback = parse_url("http://[::1]").value();
    CHECK(loopback.host == "::1");
    CHECK(resolve_location(loopback, "/y").value().host == "::1");
}

TEST_CASE("a host is an IPv4 address only if all of it is") {
    for (auto const* host : {"127.0.0.2.nip.example", "127.0.0.2-ais.example", "127.0.0.2.", "10.0.0.1x", "1.2.3.4.5",
                             "256.1.1.1", "node-1.k8s.local", "127.0.0.2", "1", "a_b", "a~b"}) {
        CAPTURE(host);
        auto const text = std::string("http://") + host + ":51080/x?q=1";
        auto const u = parse_url(text).value();
        CHECK(u.host == host);
        CHECK(u.port == 51080);
        CHECK(u.target() == "/x?q=1");
        CHECK(resolve_location(url{}, text).value() == u);
        CHECK(resolve_location(url{}, text.substr(5)).value() == u);
        CHECK(resolve_location(u, "/y").value().authority() == u.authority());
        CHECK(resolve_location(u, "y").value().target() == "/y");
        CHECK(parse_url(std::string("http://") + host).value().port == 80);
        CHECK(parse_url(std::string("http://") + host + "?q").value().target() == "/?q");
    }
}

TEST_CASE("text after a host or a port is a path, a query, a fragment, or refused") {
    for (auto const* junk : {":80;junk", ":80x", ":80_", ":8080;http://other", ":80@x", ":80:81", ": 80", ":+80", ":-1",
                             ":0x50", ":65536", ":80\\x", "\\x", ";x", ",x", "%41", "!", "\xc3\xbc", " "}) {
        for (std::string const host : {"host", "127.0.0.1", "[::1]"}) {
            CAPTURE(host, junk);
            CHECK(parse_url("http://" + host + junk).has_error());
            CHECK(parse_url("http://" + host + junk + "/path").has_error());
            CHECK(resolve_location(url{}, "http://" + host + junk).has_error());
            CHECK(resolve_location(url{}, "//" + host + junk).has_error());
        }
    }
    CHECK(parse_url("http://[::1]x:80").has_error());
    CHECK(parse_url("http://x[::1]:80").has_error());
    CHECK(parse_url("http://::1:80").has_error());
    CHECK(parse_url("http://host:#f").value().authority() == "host:80");
    CHECK(parse_url("http://host:00080").value().port == 80);
    CHECK(parse_url("http://host:65535#f").value().port == 65535);
}

TEST_CASE("an endpoint is scheme, host and port, and no more") {
    for (auto const* host : {"node-1.k8s.local", "127.0.0.2.nip.example", "[fe80::1%25eth0]", "[::1]"}) {
        auto const text = std::string("http://") + host + ":8080";
        CHECK(parse_endpoint(text).value() == parse_url(text).value());
        CHECK(parse_endpoint(text + "/").value() == parse_url(text).value());
        for (auto const* more : {"/ais", "/ais/", "//", "?q", "/?", "#f", "/#"}) {
            CAPTURE(text, more);
            auto const refused = parse_endpoint(text + more);
            REQUIRE(!refused);
            CHECK(refused.error().code == errc::invalid_endpoint);
            CHECK(refused.error().text.find("an endpoint must not have a ") == 0);
        }
    }
    CHECK(parse_endpoint("http://u:secret@host").error().text.find("secret") == std::string::npos);
    CHECK(parse_endpoint("ftp://host").has_error());
}

TEST_CASE("IPv6 hosts are compared as addresses") {
    auto const one = parse_url("http://[2001:DB8:0:0:0:0:0:1]:80/").value();
    CHECK(one.host == "2001:db8::1");
    CHECK(one == parse_url("http://[2001:db8::1]").value());
    CHECK(one == parse_url("http://[2001:0db8::0001]").value());
    CHECK(one.authority() == "[2001:db8::1]:80");
    CHECK(parse_url("http://[0::0:1]:81").value().authority() == "[::1]:81");
    CHECK(parse_url("http://[::ffff:1.2.3.4]").value().host == "::ffff:1.2.3.4");
    CHECK(resolve_location(one, "//[::0001]:9/y").value().authority() == "[::1]:9");
    for (auto const* text : {"http://[]", "http://[::1", "http://::1]", "http://[::1::2]", "http://[1.2.3.4]",
                             "http://[host]", "http://[v1.a]", "http://[::g]", "http://[12345::]", "http://[::1 ]"}) {
        CAPTURE(text);
        CHECK(parse_url(text).has_error());
    }
}

TEST_CASE("the zone of an IPv6 address is used by the resolver only") {
    auto const u = parse_url("http://[FE80:0::1%25eth0]:8080/x").value();
    CHECK(u.host == "fe80::1%eth0");
    CHECK(u.authority() == "[fe80::1%25eth0]:8080");
    CHECK(u.host_field() == "[fe80::1]:8080");
    CHECK(u.server_name() == "fe80::1");
    CHECK(parse_url(u.origin()).value().host == u.host);
    CHECK(resolve_location(u, "/y").value().host == u.host);
    CHECK(!(u == parse_url("http://[fe80::1%25eth1]:8080/x").value()));
    for (auto const* text : {"http://[fe80::1%eth0]", "http://[fe80::1%25]", "http://[fe80::1%25a%20b]",
                             "http://[fe80::1%25a/b]", "http://[%25eth0]", "http://name%25eth0"}) {
        CAPTURE(text);
        CHECK(parse_url(text).has_error());
    }
    auto const name = parse_url("http://host:8080").value();
    CHECK(name.host_field() == "host:8080");
    CHECK(name.server_name() == "host");
}

TEST_CASE("a password in an address is not repeated in the error") {
    for (auto const* text : {"http://user:secret@host/", "http://user:secret@host:80x/", "ftp://user:secret@host"}) {
        auto const u = parse_url(text);
        REQUIRE(!u);
        CHECK(u.error().text.find("secret") == std::string::npos);
    }
}

TEST_CASE("text that is not an http URL is refused, with the text in the message") {
    for (char const* text :
         {"", "localhost:8080", "http://", "http:///path", "ftp://host/", "http://host:99999/", "http://host:0/",
          "http://user@host/", "http://host name/", "/v1/x", "http://[::1", "http://ho%0d%0ast/", "http://host/a b"}) {
        CAPTURE(text);
        auto const u = parse_url(text);
        REQUIRE(!u);
        CHECK(u.error().code == errc::invalid_endpoint);
        CHECK(u.error().where == stage::usage);
    }
}

TEST_CASE("a Location is used exactly if absolute, and resolved if relative") {
    auto const base = parse_url("http://proxy:8080/v1/ml/moss/b?provider=ais").value();
    auto const away = resolve_location(base, "http://10.0.0.7:8081/v1/a%2Fb/./c?x=%23&y=1").value();
    CHECK(away.authority() == "10.0.0.7:8081");
    CHECK(away.target() == "/v1/a%2Fb/./c?x=%23&y=1");
    CHECK(resolve_location(base, "/other?q=1").value().target() == "/other?q=1");
    CHECK(resolve_location(base, "c").value().target() == "/v1/ml/moss/c");
    CHECK(resolve_location(base, "../up").value().target() == "/v1/ml/up");
    CHECK(resolve_location(base, "?only=query").value().target() == "/v1/ml/moss/b?only=query");
    CHECK(resolve_location(base, "//elsewhere:81/z").value().authority() == "elsewhere:81");
    CHECK(resolve_location(base, "/x").value().authority() == "proxy:8080");
}

TEST_CASE("an invalid Location is a bad redirect") {
    url const base;
    for (char const* text : {"", "http://", "ftp://x/", "http://a b/", "http://u:p@host/", "a\r\nb"}) {
        CAPTURE(text);
        auto const u = resolve_location(base, text);
        REQUIRE(!u);
        CHECK(u.error().code == errc::bad_redirect);
    }
}

#include "watch/page/listen_address.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace aisle::cli;

TEST_CASE("a port without a host is on the loopback interface") {
    CHECK(parse_listen_address("9464") == listen_address{"127.0.0.1", 9464});
    CHECK(parse_listen_address("0") == listen_address{"127.0.0.1", 0});
    CHECK(parse_listen_address("0.0.0.0:80") == listen_address{"0.0.0.0", 80});
    CHECK(parse_listen_address("trainer-3:9464") == listen_address{"trainer-3", 9464});
    CHECK(parse_listen_address("[::1]:9464") == listen_address{"::1", 9464});
    CHECK(to_string(listen_address{"::1", 9464}) == "[::1]:9464");
    CHECK(to_string(listen_address{"127.0.0.1", 80}) == "127.0.0.1:80");
    for (auto const* text :
         {"", "65536", "-1", "80x", ":80", "host", "host:", "host:x", "::1:80", "[host]:80", "[::1]"})
        CHECK(parse_listen_address(text) == std::nullopt);
}

TEST_CASE("a Host field must name this machine or be an address") {
    listen_address const own{"trainer-3.example", 9464};
    for (auto const* host : {"127.0.0.1", "127.0.0.1:9464", "localhost:1234", "LocalHost", "[::1]:80", "[::1]",
                             "10.0.0.7", "[fe80::1%eth0]", "Trainer-3.Example:9464"})
        CHECK(is_own_host(host, own));
    for (auto const* host : {"", "evil.example", "evil.example:9464", "127.0.0.1.evil.example",
                             "localhost.evil.example", "[::1", ":80", "1.2.3"})
        CHECK_FALSE(is_own_host(host, own));
    std::string name(256, '\0');
    REQUIRE(gethostname(name.data(), name.size()) == 0);
    CHECK(is_own_host(name.c_str(), own));
}

#include <catch2/catch.hpp>

#include <algorithm>
#include <cluster/proxy_list.hpp>
#include <random>

using namespace aisle;
using namespace std::chrono_literals;
using detail::proxy_list;
using detail::read_endpoints;

namespace {

proxy_list::time_point at(std::chrono::milliseconds since) {
    return proxy_list::time_point{} + 1h + since;
}

auto const a = http::parse_url("http://a").value();
auto const b = http::parse_url("http://b").value();
auto const c = http::parse_url("http://c").value();
auto const d = http::parse_url("http://d").value();

void check_refused(std::string_view text, errc code = errc::invalid_endpoint) {
    INFO(text);
    auto const urls = read_endpoints(text);
    REQUIRE(urls.has_error());
    CHECK(urls.error().code == code);
    CHECK(urls.error().where == stage::usage);
    CHECK_FALSE(urls.error().text.empty());
}

}  // namespace

TEST_CASE("a proxy that works is kept") {
    proxy_list list({a, b, a});
    CHECK(list.size() == 2);
    CHECK(list.current() == a);
    list.succeeded(a);
    list.failed(b, at(0s));
    list.failed(d, at(0s));
    CHECK(list.current() == a);
}

TEST_CASE("a proxy that failed is left for the next one that did not") {
    proxy_list list({a, b, c});
    list.failed(b, at(0s));
    list.failed(a, at(1ms));
    CHECK(list.current() == c);
    list.failed(a, at(2ms));  // a late report moves nothing
    CHECK(list.current() == c);
    list.failed(c, at(2s));  // by now a and b have rested
    CHECK(list.current() == a);
}

TEST_CASE("when all have failed the one whose pause ends first is asked") {
    proxy_list list({a, b, c});
    list.failed(b, at(100ms));
    list.failed(c, at(200ms));
    list.failed(a, at(300ms));
    CHECK(list.current() == b);
    list.failed(b, at(400ms));
    CHECK(list.current() == c);
    list.failed(c, at(500ms));
    CHECK(list.current() == a);
}

TEST_CASE("a single proxy stays the current one however often it fails") {
    proxy_list list({a});
    for (int i = 0; i < 100; ++i) list.failed(a, at(i * 1s));
    CHECK(list.current() == a);
}

TEST_CASE("the pause grows from one second to a minute, once an outage and not once a request") {
    proxy_list list({a, b});
    auto now = 0ms;
    for (auto const pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        for (int request = 0; request < 10; ++request) list.failed(a, at(now));
        REQUIRE(list.current() == b);
        list.failed(b, at(now + pause - 1ms));  // a rests still, but less long than b
        REQUIRE(list.current() == a);
        list.succeeded(b);
        list.failed(a, at(now + pause - 1ms));
        REQUIRE(list.current() == b);
        now += pause;
    }
}

TEST_CASE("success ends the pause") {
    proxy_list list({a, b, c});
    for (int i = 0; i < 8; ++i) list.failed(a, at(i * 100s));
    list.succeeded(a);
    CHECK(list.current() == b);
    list.failed(b, at(701s));
    list.failed(c, at(701s));
    CHECK(list.current() == a);
}

TEST_CASE("proxies of the map come and go, given ones and the current one stay") {
    proxy_list list({a, b});
    list.learn({c, b});
    CHECK(list.size() == 3);
    list.failed(a, at(0s));
    list.failed(b, at(0s));
    REQUIRE(list.current() == c);
    list.learn({d, c});
    CHECK(list.size() == 4);
    CHECK(list.current() == c);
    list.learn({d});
    CHECK(list.size() == 3);
    CHECK(list.current() == d);  // the only one that has not failed
    list.learn({});
    CHECK(list.size() == 2);
    CHECK(list.current() == a);
}

TEST_CASE("what is known of a proxy outlives a new map") {
    proxy_list list({a});
    list.learn({b, c});
    list.failed(b, at(0s));
    list.learn({b, c});
    list.failed(a, at(1ms));
    CHECK(list.current() == c);
}

TEST_CASE("any order of events leaves a proxy of the list current") {
    std::mt19937 random(3);
    std::vector<http::url> const all{a, b, c, d};
    auto const some = [&] {
        std::vector<http::url> out;
        for (auto const& url : all)
            if (random() % 2) out.push_back(url);
        return out;
    };
    proxy_list list({a, b});
    for (int i = 0; i < 20'000; ++i) {
        auto const& one = all[random() % 4];
        switch (random() % 4) {
            case 0: list.learn(some()); break;
            case 1: list.succeeded(one); break;
            default: list.failed(one, at(i * 100ms));
        }
        REQUIRE(list.size() >= 2);
        REQUIRE(std::count(all.begin(), all.end(), list.current()) == 1);
    }
}

TEST_CASE("endpoints stand between commas, each once") {
    auto const urls = read_endpoints(" http://a ,http://b:8080\t,\nhttp://A:80,http://[::1]:1").value();
    REQUIRE(urls.size() == 3);
    CHECK(urls[0] == a);
    CHECK(urls[1].authority() == "b:8080");
    CHECK(urls[2].authority() == "[::1]:1");
    CHECK(read_endpoints("http://b").value() == std::vector{b});
}

TEST_CASE("endpoints that are none are refused by name") {
    for (auto const* bad : {"", " ", ",", "http://a,", ",http://a", "http://a,,http://b", "http://a, ,http://b", "a",
                            "ftp://a", "http://a http://b", "http://u@a", "http://a:0", "http://a;http://b"})
        check_refused(bad);
}

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

TEST_CASE("a working proxy is kept") {
    proxy_list list({a, b, a});
    CHECK(list.size() == 2);
    CHECK(list.current() == a);
    list.answered(a, 1ms, at(0s));
    list.failed(b, at(0s));
    list.failed(d, at(0s));
    CHECK(list.current() == a);
}

TEST_CASE("after a failure, the next proxy that has not failed is used") {
    proxy_list list({a, b, c});
    list.failed(b, at(0s));
    list.failed(a, at(1ms));
    CHECK(list.current() == c);
    list.failed(a, at(2ms));  // a late report changes nothing
    CHECK(list.current() == c);
    list.failed(c, at(2s));  // the pauses of a and b are over
    CHECK(list.current() == a);
}

TEST_CASE("proxies that never answered are unreached since the first failure") {
    proxy_list list({a, b});
    CHECK_FALSE(list.unreached_since());
    list.failed(a, at(1s));
    list.failed(b, at(40s));
    CHECK(list.unreached_since() == at(1s));
    list.failed(a, at(101s));  // no request was sent for a minute
    CHECK(list.unreached_since() == at(101s));
    list.heard();
    CHECK_FALSE(list.unreached_since());
    list.failed(a, at(102s));
    CHECK_FALSE(list.unreached_since());
}

TEST_CASE("when all have failed, the one whose pause ends first is used") {
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

TEST_CASE("the pause grows from one second to a minute, once per outage and not once per request") {
    proxy_list list({a, b});
    auto now = 0ms;
    for (auto const pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        for (int request = 0; request < 10; ++request) list.failed(a, at(now));
        REQUIRE(list.current() == b);
        list.failed(b, at(now + pause - 1ms));  // a still pauses, but for less time than b
        REQUIRE(list.current() == a);
        list.answered(b, 1ms, at(now + pause - 1ms));
        list.failed(a, at(now + pause - 1ms));
        REQUIRE(list.current() == b);
        now += pause;
    }
}

TEST_CASE("an answer ends the pause") {
    proxy_list list({a, b, c});
    for (int i = 0; i < 8; ++i) list.failed(a, at(i * 100s));
    list.answered(a, 1ms, at(700s));
    CHECK(list.current() == b);
    list.failed(b, at(701s));
    list.failed(c, at(701s));
    CHECK(list.current() == a);
}

TEST_CASE("proxies of the map are replaced; the user's and the current one stay") {
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

TEST_CASE("what is known of a proxy survives a new map") {
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
            case 1: list.answered(one, std::chrono::milliseconds(random() % 100), at(i * 100ms)); break;
            default: list.failed(one, at(i * 100ms));
        }
        REQUIRE(list.size() >= 2);
        REQUIRE(std::count(all.begin(), all.end(), list.current()) == 1);
    }
}

TEST_CASE("a hedge goes to another proxy that has not failed, or else to the current one") {
    proxy_list list({a, b, c});
    CHECK(list.choose(false, at(0s)) == a);
    CHECK(list.choose(true, at(0s)) == b);
    list.failed(b, at(0s));
    CHECK(list.choose(true, at(0s)) == c);
    list.failed(c, at(0s));
    CHECK(list.choose(true, at(0s)) == a);
    CHECK(list.choose(true, at(1h)) == a);  // the end of a pause is not an answer
    list.answered(b, 1ms, at(1h));
    CHECK(list.choose(true, at(1h)) == b);
    CHECK(proxy_list({a}).choose(true, at(0s)) == a);
}

TEST_CASE("a proxy may take its timeout, or twenty times the usual time if that is longer") {
    proxy_list list({a});
    CHECK(list.limit(2s) == 2s);
    for (int i = 0; i < 100; ++i) list.answered(a, 10ms, at(0s));
    CHECK(list.limit(2s) == 2s);
    for (int i = 0; i < 100; ++i) list.answered(a, 200ms, at(0s));
    CHECK(list.limit(2s) > 3900ms);
    CHECK(list.limit(2s) <= 4s);
}

TEST_CASE("a request is repeated after twenty times the usual time, not before 250 ms and not after the limit") {
    proxy_list list({a});
    CHECK(list.redraw_after(2s) == 250ms);
    CHECK(list.redraw_after(100ms) == 100ms);
    for (int i = 0; i < 100; ++i) list.answered(a, 50ms, at(0s));
    CHECK(list.redraw_after(2s) > 950ms);
    CHECK(list.redraw_after(2s) <= 1s);
    for (int i = 0; i < 100; ++i) list.answered(a, 500ms, at(0s));
    CHECK(list.redraw_after(2s) == list.limit(2s));
}

TEST_CASE("a proxy is silent until something arrives from it") {
    proxy_list list({a, b});
    CHECK(list.is_silent(a, at(0s)));
    list.answered(b, 1ms, at(1s));
    CHECK(list.is_silent(a, at(0s)));
    list.answered(a, 1ms, at(1s));
    CHECK_FALSE(list.is_silent(a, at(0s)));
    CHECK_FALSE(list.is_silent(a, at(1s)));
    CHECK(list.is_silent(a, at(1001ms)));
    CHECK(list.is_silent(d, at(0s)));  // it is unknown
}

TEST_CASE("a proxy has failed since a time until it answers again") {
    proxy_list list({a, b});
    CHECK_FALSE(list.has_failed_since(a, at(0s)));
    list.failed(a, at(2s));
    CHECK(list.has_failed_since(a, at(1s)));
    CHECK(list.has_failed_since(a, at(2s)));
    CHECK_FALSE(list.has_failed_since(a, at(3s)));
    CHECK_FALSE(list.has_failed_since(b, at(1s)));
    list.answered(a, 1ms, at(4s));
    CHECK_FALSE(list.has_failed_since(a, at(1s)));
}

TEST_CASE("a proxy whose pause is over is probed once, and then pauses again") {
    proxy_list list({a, b});
    CHECK_FALSE(list.due_for_probe(at(0s)));
    list.failed(a, at(0s));
    CHECK_FALSE(list.due_for_probe(at(999ms)));
    CHECK(list.due_for_probe(at(1s)) == a);
    CHECK_FALSE(list.due_for_probe(at(1s)));
    CHECK(list.due_for_probe(at(2s)) == a);
    list.answered(a, 1ms, at(2s));
    CHECK_FALSE(list.due_for_probe(at(10s)));
    proxy_list alone({a});
    alone.failed(a, at(0s));
    CHECK_FALSE(alone.due_for_probe(at(10s)));  // it is used anyway
}

TEST_CASE("endpoints are separated by commas, and duplicates removed") {
    auto const urls = read_endpoints(" http://a ,http://b:8080\t,\nhttp://A:80,http://[::1]:1").value();
    REQUIRE(urls.size() == 3);
    CHECK(urls[0] == a);
    CHECK(urls[1].authority() == "b:8080");
    CHECK(urls[2].authority() == "[::1]:1");
    CHECK(read_endpoints("http://b").value() == std::vector{b});
}

TEST_CASE("invalid endpoints are refused by name") {
    for (auto const* bad : {"", " ", ",", "http://a,", ",http://a", "http://a,,http://b", "http://a, ,http://b", "a",
                            "ftp://a", "http://a http://b", "http://u@a", "http://a:0", "http://a;http://b"})
        check_refused(bad);
}

TEST_CASE("an endpoint with more than scheme, host and port is refused, and the error names the excess part") {
    struct expectation {
        std::string text;
        std::string words;
    };
    for (auto const& e : {expectation{"http://h:8080/ais", "a path (\"/ais\")"},
                          {"http://h:8080/ais/", "a path (\"/ais/\")"},
                          {"https://h/v1", "a path (\"/v1\")"},
                          {"http://h//", "a path"},
                          {"http://h?tenant=1", "a query"},
                          {"http://h/?", "a query"},
                          {"http://h#x", "a fragment"},
                          {"http://h/#", "a fragment"},
                          {"http://good,http://h/ais", "a path"},
                          {"http://user:secret@h", "must not contain a user or password"}}) {
        CAPTURE(e.text);
        check_refused(e.text);
        auto const why = read_endpoints(e.text).error();
        CHECK(why.text.find(e.words) != std::string::npos);
        CHECK(why.text.find("secret") == std::string::npos);
    }
    CHECK(read_endpoints("http://h:8080/ais").error().text.find("use \"http://h:8080\"") != std::string::npos);
    CHECK(read_endpoints("http://h/,https://h/").value().size() == 2);
}

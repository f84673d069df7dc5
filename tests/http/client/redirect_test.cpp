#include "result_text.hpp"

#include <aisle/http/redirect.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::http;

namespace {

url const proxy{"proxy", 8080, "/v1/ml/moss/b", "provider=ais", false};

redirect answer(int status, std::string_view location = "http://target:8081/x?pid=p", std::string_view method = "GET") {
    return {status, location, method, 0, 5};
}

}  // namespace

TEST_CASE("only the statuses that redirect a client are redirects") {
    for (int status : {301, 302, 303, 307, 308}) CHECK(is_redirect(status));
    for (int status : {100, 200, 204, 300, 304, 305, 400, 404, 500}) CHECK(!is_redirect(status));
}

TEST_CASE("a GET follows 301, 302, 307 and 308") {
    for (int status : {301, 302, 307, 308}) {
        auto const next = follow(proxy, answer(status));
        REQUIRE(next);
        CHECK(next->authority() == "target:8081");
        CHECK(next->target() == "/x?pid=p");
    }
}

TEST_CASE("a redirect that could change the method is not followed") {
    CHECK(follow(proxy, answer(307, "/x", "PUT")));
    CHECK(follow(proxy, answer(308, "/x", "POST")));
    CHECK(follow(proxy, answer(301, "/x", "HEAD")));
    for (auto const& refused : {answer(301, "/x", "PUT"), answer(302, "/x", "POST"), answer(303)}) {
        auto const next = follow(proxy, refused);
        REQUIRE(!next);
        CHECK(next.error().code == errc::bad_redirect);
        CHECK(next.error().where == stage::redirect);
        CHECK(next.error().http_status == refused.status);
    }
}

TEST_CASE("a redirect needs a Location, and the number of redirects is limited") {
    CHECK(follow(proxy, answer(307, "")).error().code == errc::bad_redirect);
    auto last = answer(307);
    last.hops = 4;
    CHECK(follow(proxy, last));
    last.hops = 5;
    CHECK(follow(proxy, last).error().code == errc::too_many_redirects);
    CHECK(follow(proxy, last).error().text.find("5 redirects") != std::string::npos);
}

TEST_CASE("a redirect may lead from http to https but not back") {
    auto const up = follow(proxy, answer(307, "https://target/x"));
    REQUIRE(up);
    CHECK(up->origin() == "https://target:443");
    auto secure = proxy;
    secure.secure = true;
    CHECK(follow(secure, answer(307, "https://target/x")));
    CHECK(follow(secure, answer(307, "/x"))->origin() == "https://proxy:8080");
    CHECK(follow(secure, answer(307, "//target/x"))->origin() == "https://target:443");
    for (auto const* plain : {"http://target/x", "http://proxy:8080/x", "HTTP://proxy:8080/x"}) {
        auto const down = follow(secure, answer(307, plain));
        REQUIRE(!down);
        CHECK(down.error().code == errc::bad_redirect);
        CHECK(down.error().where == stage::redirect);
        CHECK(down.error().http_status == 307);
    }
}

TEST_CASE("possible credentials are not sent to another origin") {
    for (auto const* name : {"Range", "range", "Accept", "If-Match"}) CHECK(may_follow(name));
    for (auto const* name :
         {"Authorization", "Cookie", "Proxy-Authorization", "X-Amz-Security-Token", "X-Anything", ""})
        CHECK(!may_follow(name));
}

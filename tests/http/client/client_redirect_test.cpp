// Redirects that the client follows: where to, with what, and how often.
#include "client_harness.hpp"

#include <string>
#include <string_view>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

TEST_CASE("a 307 is followed to another server with the same method and body, and both connections are kept") {
    std::string seen;
    scripted_server target([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            seen = r;
            p.send(chunked_answer("data", 2));
        }
    });
    scripted_server proxy([&](peer& p) {
        while (!p.read_request().empty())
            p.send(answer_of("<a href=...>Temporary Redirect</a>", 307,
                             "Location: " + target.url("/v1/x/wid?pid=p&utm=1") + "\r\n"));
    });
    client_harness h;
    for (auto const* method : {"GET", "PUT"}) {
        auto const got = h.fetch(with_body(proxy.url("/v1/x"), "[1,2,3]", method));
        CHECK(got.body == "data");
        CHECK(got.final_url == target.url("/v1/x/wid?pid=p&utm=1"));
        CHECK(seen.starts_with(std::string(method) + " /v1/x/wid?pid=p&utm=1 HTTP/1.1\r\n"));
        CHECK(seen.ends_with("\r\n\r\n[1,2,3]"));
    }
    CHECK(proxy.accepted() == 1);
    CHECK(target.accepted() == 1);
    CHECK(h.client().stats().redirects == 2);
    CHECK(h.client().stats().idle == 2);
}

TEST_CASE("a redirect to another origin loses Authorization, even if it leads back to the first origin") {
    std::string at_home, elsewhere;
    std::string home_url;
    scripted_server stranger([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            elsewhere += r;
            p.send(answer_of("", 307, "Location: " + home_url + "back\r\n"));
        }
    });
    scripted_server home([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            at_home += r;
            if (r.starts_with("GET /same")) p.send(answer_of("", 307, "Location: /away\r\n"));
            if (r.starts_with("GET /away")) p.send(answer_of("", 307, "Location: " + stranger.url() + "\r\n"));
            if (r.starts_with("GET /back")) p.send(answer_of("end"));
        }
    });
    home_url = home.url();
    client_harness h;
    auto r = get(home.url("/same"));
    r.extra = {{"Authorization", "Bearer secret"}, {"Range", "bytes=0-9"}, {"X-Amz-Security-Token", "secret"}};
    CHECK(h.fetch(r).body == "end");
    auto const count = [](std::string const& text, std::string_view what) {
        int n = 0;
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
        return n;
    };
    CHECK(count(at_home, "Authorization: Bearer secret") == 2);  // /same and /away
    CHECK(count(at_home, "Range: bytes=0-9") == 3);
    CHECK(count(elsewhere, "Range: bytes=0-9") == 1);
    CHECK(elsewhere.find("secret") == std::string::npos);
}

TEST_CASE("301 is followed for a GET, and the redirect's own body may be late and chunked") {
    scripted_server server([](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) {
            if (r.starts_with("GET /old"))
                p.send_slowly(
                    "HTTP/1.1 301 Moved\r\nLocation: /new\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\n\r\n",
                    20, 1ms);
            else
                p.send(answer_of("found"));
        }
    });
    client_harness h;
    auto const got = h.fetch(server.url("/old"));
    CHECK(got.body == "found");
    CHECK(got.final_url == server.url("/new"));
    CHECK(server.accepted() == 1);
    CHECK(h.fetch(with_body(server.url("/old"), "x", "GET")).body == "found");
}

TEST_CASE("redirect loops and invalid redirects are typed errors") {
    scripted_server circle(always(answer_of("", 307, "Location: /again\r\n")));
    scripted_server nowhere(always(answer_of("", 307)));
    scripted_server see_other(always(answer_of("", 303, "Location: /x\r\n")));
    client_harness h;
    auto const endless = h.fetch(circle.url());
    CHECK(endless.code() == errc::too_many_redirects);
    CHECK(endless.failure.where == stage::redirect);
    CHECK(endless.failure.http_status == 307);
    CHECK(h.client().stats().redirects == 5);
    CHECK(h.fetch(nowhere.url()).code() == errc::bad_redirect);
    CHECK(h.fetch(see_other.url()).code() == errc::bad_redirect);
    CHECK(h.client().stats().leased == 0);
}

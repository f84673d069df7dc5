#include "client_harness.hpp"

#include <atomic>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

// Opens url, drains the response, and passes it to `inspect`.
void drain(client_harness& h, std::string const& url, std::function<void(response&)> const& inspect) {
    h.start([&]() -> task<void> {
        auto r = get(url);
        r.follow_redirects = false;
        auto opening = h.client().open(std::move(r));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        CHECK(h.slabs().in_use_bytes() > 0);
        auto draining = opened->drain();
        co_await std::move(draining);
        CHECK(h.slabs().in_use_bytes() == 0);
        CHECK(!opened->slab());
        CHECK(opened->pieces().empty());
        inspect(*opened);
    });
    h.run();
}

}  // namespace

TEST_CASE("a drained response keeps its head, and releases its slab and its connection") {
    std::string const chunked = "HTTP/1.1 307 X\r\nTransfer-Encoding: chunked\r\nLocation: /there\r\n\r\n";
    for (auto const& answer :
         {answer_of("", 307, "Location: /there\r\n"), answer_of("<a>", 307, "Location: /there\r\n"),
          answer_of(std::string(50'000, 'x'), 307, "Location: /there\r\n"), chunked + "3\r\n<a>\r\n0\r\n\r\n"}) {
        CAPTURE(answer.size());
        scripted_server server([&](peer& p) {
            while (!p.read_request().empty()) p.send_slowly(answer, answer.size() - 5, 20ms);
        });
        client_harness h;
        for (int i = 0; i < 2; ++i)
            drain(h, server.url(), [&](response& r) {
                CHECK(r.complete());
                CHECK(r.status() == 307);
                CHECK(r.header("Location") == "/there");
                CHECK(h.client().stats().leased == 0);
                CHECK(h.client().stats().idle == 1);
            });
        CHECK(server.accepted() == 1);
    }
}

TEST_CASE("draining a response that is too large, truncated or stalled closes its connection") {
    std::string const large = "HTTP/1.1 500 X\r\nContent-Length: 10000000\r\n\r\n" + std::string(200'000, 'x');
    std::string const stalled = "HTTP/1.1 500 X\r\nContent-Length: 10\r\n\r\nhalf";
    for (auto const& [bytes, cut, code] :
         {std::tuple{large, false, errc::limit_exceeded}, std::tuple{stalled, false, errc::idle_timeout},
          std::tuple{stalled, true, errc::truncated_body}}) {
        CAPTURE(static_cast<int>(code));
        scripted_server server([&](peer& p) {
            p.read_request();
            p.send(bytes);
            if (cut) p.finish();
            p.wait_for_close();
        });
        client_harness h(code == errc::idle_timeout ? one_short(&client_options::idle_timeout) : client_options{});
        errc seen{};
        h.start([&]() -> task<void> {
            auto opening = h.client().open(get(server.url()));
            auto opened = co_await std::move(opening);
            REQUIRE(opened);
            auto draining = opened->drain();
            co_await std::move(draining);
            CHECK(h.slabs().in_use_bytes() == 0);
            CHECK(!opened->complete());
            CHECK(opened->status() == 500);
            CHECK(h.client().stats().leased == 0);
            CHECK(h.client().stats().idle == 0);
            partial_payload nothing;
            auto reading = opened->read(nothing);
            auto const read = co_await std::move(reading);
            REQUIRE(!read);
            seen = static_cast<errc>(read.error().code.value());
        });
        h.run();
        CHECK(seen == code);
    }
}

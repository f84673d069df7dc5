// The relay's HTTP parser.
#include "message.hpp"

#include <catch2/catch.hpp>

using namespace aisle::faults;

namespace {

// Feeds a body in pieces; returns its payload, and the bytes after its end.
std::pair<std::string, std::string> measured(body_meter meter, std::string const& bytes, std::size_t piece) {
    std::string payload;
    std::size_t at = 0;
    std::vector<body_meter::run> runs;
    while (at < bytes.size() && !meter.ended()) {
        runs.clear();
        auto const part = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
        auto const n = meter.take(part, runs);
        for (auto const& r : runs) payload.append(part.data() + r.begin, r.size);
        at += n;
    }
    return {payload, meter.ended() ? "end:" + bytes.substr(at) : "open"};
}

}  // namespace

TEST_CASE("fields are found, changed and removed") {
    message_head head("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://a/b\r\nContent-Length:  12 \r\n\r\n");
    CHECK(head.status() == 307);
    CHECK(head.field("Location") == "http://a/b");
    CHECK(head.length() == 12);
    head.set_field("Location", "http://c");
    head.set_field("Content-Length", std::nullopt);
    CHECK(head.text() == "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://c\r\n\r\n");
}

TEST_CASE("the end of a body is determined as in RFC 9112") {
    auto const framed = [](std::string const& fields, bool to_head = false) {
        return message_head("HTTP/1.1 200 OK\r\n" + fields + "\r\n").response_framing(to_head);
    };
    CHECK(framed("Content-Length: 3\r\n") == framing::length);
    CHECK(framed("Transfer-Encoding: chunked\r\n") == framing::chunked);
    CHECK(framed("") == framing::until_close);
    CHECK(framed("Content-Length: 3\r\n", true) == framing::none);
    CHECK(message_head("HTTP/1.1 204 No Content\r\n\r\n").response_framing(false) == framing::none);
    CHECK(message_head("GET / HTTP/1.1\r\n\r\n").request_framing() == framing::none);
    CHECK(message_head("PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\n").request_framing() == framing::length);
    CHECK(!message_head("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n").keeps_alive());
}

TEST_CASE("payload is distinguished from chunk lines, however the bytes arrive") {
    std::string const chunked = "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nTrailer: a\r\n\r\nnext";
    for (std::size_t piece = 1; piece <= chunked.size(); ++piece) {
        auto const [payload, end] = measured({framing::chunked, 0}, chunked, piece);
        CHECK(payload == "hello, world");
        CHECK(end.starts_with("end:"));
    }
    CHECK(measured({framing::length, 3}, "abcdef", 2) == std::pair<std::string, std::string>{"abc", "end:def"});
    CHECK(measured({framing::until_close, 0}, "abc", 2) == std::pair<std::string, std::string>{"abc", "open"});
    CHECK(body_meter(framing::length, 0).ended());
}

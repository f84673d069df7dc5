#include "../client/result_text.hpp"
#include "../fixtures.hpp"

#include <aisle/http/response_parser.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;

namespace {

/// Feeds a parser as a socket would: each portion follows the unconsumed bytes, at a different address.
struct feeder {
    response_parser parser;
    std::string left;
    std::string body;
    std::vector<std::span<std::byte>> pieces;

    result<void> feed(std::string_view portion) {
        auto memory = left + std::string(portion);
        pieces.clear();
        std::span<std::byte> const raw = std::as_writable_bytes(std::span(memory));
        auto const used = parser.parse(raw, pieces);
        for (auto const piece : pieces) {
            REQUIRE(!piece.empty());
            REQUIRE(piece.data() >= raw.data());
            REQUIRE(piece.data() + piece.size() <= raw.data() + raw.size());
        }
        body += joined(pieces);
        if (!used) return used.error();
        left = memory.substr(*used);
        return {};
    }
};

result<feeder> parse_all(std::string_view answer, std::size_t portion) {
    feeder f;
    while (!answer.empty()) {
        auto const now = answer.substr(0, portion);
        if (auto ok = f.feed(now); !ok) return ok.error();
        answer.remove_prefix(now.size());
    }
    return f;
}

errc code_of(std::string_view answer) {
    auto f = parse_all(answer, answer.size());
    if (!f) return static_cast<errc>(f.error().code.value());
    auto const end = f->parser.end_of_stream();
    if (!end) return static_cast<errc>(end.error().code.value());
    return {};
}

std::string const ok = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("captured responses give the same body for every split") {
    for (auto const& path : captured_answers()) {
        CAPTURE(path.filename().string());
        auto const answer = file_text(path);
        auto const expected = reference_body(answer);
        for (std::size_t split = 0; split <= answer.size(); ++split) {
            feeder f;
            REQUIRE(f.feed(std::string_view(answer).substr(0, split)));
            REQUIRE(f.feed(std::string_view(answer).substr(split)));
            REQUIRE(f.parser.complete());
            REQUIRE(f.left.empty());
            REQUIRE(f.body == expected);
        }
    }
}

TEST_CASE("captured responses give the same body in portions of every small size") {
    for (auto const& path : captured_answers()) {
        CAPTURE(path.filename().string());
        auto const answer = file_text(path);
        auto const expected = reference_body(answer);
        for (std::size_t portion : {1, 2, 3, 5, 7, 64, 1000}) {
            auto f = parse_all(answer, portion);
            REQUIRE(f);
            REQUIRE(f->parser.complete());
            REQUIRE(f->body == expected);
        }
    }
}

TEST_CASE("a captured response truncated at any byte is a typed error with an offset") {
    for (auto const& path : captured_answers()) {
        CAPTURE(path.filename().string());
        auto const answer = file_text(path);
        auto const head = answer.find("\r\n\r\n") + 4;
        for (std::size_t cut = 0; cut < answer.size(); ++cut) {
            feeder f;
            REQUIRE(f.feed(std::string_view(answer).substr(0, cut)));
            REQUIRE(!f.parser.complete());
            auto const end = f.parser.end_of_stream();
            REQUIRE(!end);
            REQUIRE(end.error().where == stage::response);
            if (cut < head) {
                REQUIRE(end.error().code == errc::connection_lost);
            } else {
                REQUIRE(end.error().code == errc::truncated_body);
                REQUIRE(end.error().offset == f.body.size());
            }
        }
    }
}

TEST_CASE(
    "changing any byte of the head or framing of a captured response neither crashes the parser nor adds body bytes") {
    std::mt19937 random(7);
    for (auto const& path : captured_answers()) {
        auto const original = file_text(path);
        for (int i = 0; i < 400; ++i) {
            auto answer = original;
            auto const at = random() % (i % 2 ? std::min<std::size_t>(answer.size(), 300) : answer.size());
            answer[at] = static_cast<char>(random());
            feeder f;
            auto const split = random() % answer.size();
            if (!f.feed(std::string_view(answer).substr(0, split))) continue;
            if (f.parser.complete()) continue;
            if (!f.feed(std::string_view(answer).substr(split))) continue;
            CHECK(f.body.size() <= original.size());
        }
    }
}

TEST_CASE("status and header fields are stored, and names are case-insensitive") {
    auto const f =
        parse_all(ok + "Content-Type: application/x-tar\r\nX-A:  padded \r\nx-a: second\r\nContent-Length: 2\r\n\r\nhi",
                  4096)
            .value();
    CHECK(f.parser.status() == 200);
    CHECK(f.parser.header("content-type") == "application/x-tar");
    CHECK(f.parser.header("X-a") == "padded");
    CHECK(f.parser.header("absent").empty());
    CHECK(f.parser.complete());
    CHECK(f.parser.keep_alive());
    CHECK(f.parser.body_bytes() == 2);
}

TEST_CASE("control bytes in a field become spaces, and those in the body stay, for every split") {
    using namespace std::string_literals;
    // AIStore copies an object's name into a Location unescaped.
    auto const body = "\x01\n\r\n\x7f\x1b"s;
    auto const answer =
        "HTTP/1.1 301 Moved\r\nLocation: http://t/v1/objects/b/e\x1b]0;\x07\x7fil\r\nContent-Length: "s +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
        auto const f = parse_all(answer, portion);
        REQUIRE(f.has_value());
        CHECK(f->parser.complete());
        CHECK(f->parser.header("Location") == "http://t/v1/objects/b/e ]0;  il");
        CHECK(f->body == body);
    }
    CHECK(code_of(ok + "Location: a"s + '\0' + "b\r\nContent-Length: 0\r\n\r\n") == errc::bad_http);
}

TEST_CASE("body bytes are returned before the end of their chunk has arrived") {
    feeder f;
    REQUIRE(f.feed(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"));
    CHECK(f.body == "hel");
    REQUIRE(f.feed("lo"));
    CHECK(f.body == "hello");
    CHECK(!f.parser.complete());
    REQUIRE(f.feed("\r"));
    REQUIRE(f.feed("\n0\r\n\r"));
    CHECK(!f.parser.complete());
    REQUIRE(f.feed("\n"));
    CHECK(f.parser.complete());
    CHECK(f.body == "hello");
}

TEST_CASE("the remaining length is known if a length was declared") {
    feeder f;
    CHECK(!f.parser.body_left());
    REQUIRE(f.feed(ok + "Content-Length: 10\r\n\r\nabc"));
    CHECK(f.parser.body_left() == 7);
    feeder chunked;
    REQUIRE(chunked.feed(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\n"));
    CHECK(!chunked.parser.body_left());
}

TEST_CASE("chunk extensions, trailers and upper-case sizes are accepted") {
    auto const answer = ok +
                        "Transfer-Encoding: Chunked\r\n\r\n"
                        "A;name=value;quoted=\"x;y\"\r\n0123456789\r\n000a\r\nabcdefghij\r\n0;last\r\nX-Check: sum\r\n"
                        "Server-Timing: done\r\n\r\n";
    for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
        auto const f = parse_all(answer, portion);
        REQUIRE(f);
        CHECK(f->parser.complete());
        CHECK(f->body == "0123456789abcdefghij");
        CHECK(f->parser.header("X-Check").empty());
    }
}

TEST_CASE("blanks after a chunk size are skipped, also before an extension") {
    auto const answer = ok + "Transfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n3 \t ;x=y\r\nyou\r\n0 \t\r\n\r\n";
    for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
        auto const f = parse_all(answer, portion);
        REQUIRE(f);
        CHECK(f->parser.complete());
        CHECK(f->body == "helloyou");
    }
}

TEST_CASE("a status line needs neither a reason phrase nor the space before it, for every split") {
    for (std::string const line : {"HTTP/1.1 200\r\n", "HTTP/1.1 200 \r\n"})
        for (auto const* interim : {"", "HTTP/1.1 100\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
            auto const answer = interim + line + "Content-Length: 2\r\n\r\nhi";
            for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
                CAPTURE(answer, portion);
                auto const f = parse_all(answer, portion);
                REQUIRE(f);
                CHECK(f->parser.status() == 200);
                CHECK(f->parser.complete());
                CHECK(f->body == "hi");
            }
        }
    auto const none = parse_all("HTTP/1.1 204\r\n\r\n", 1);
    REQUIRE(none);
    CHECK(none->parser.complete());
    for (auto const* wrong :
         {"HTTP/1.1 200\nA: b\r\n", "HTTP/1.1 20\r\n\r\n...", "HTTP/1.1 2000\r\n\r\n.", "HTTP/2.1 200\r\n\r\n",
          "HTTP/1.1-200\r\n\r\n", "HTTP\r\n", "X", "HTTP/1.1 000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n"})
        CHECK(code_of(wrong) == errc::bad_http);
}

TEST_CASE("a chunked body with lines that end in LF alone is rejected at the first such line") {
    auto const head = ok + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::string const body :
         {"5\n", "5 \n", "5;x\n", "5\r\nhello\n", "5\r\nhello\r\n0\n", "0\r\nA: b\n", "0\r\n\n"})
        for (std::size_t const portion : {std::size_t{1}, body.size() + head.size()}) {
            CAPTURE(body);
            auto const f = parse_all(head + body, portion);  // the end of the connection is not waited for
            REQUIRE(!f);
            CHECK(f.error().code == errc::bad_http);
            CHECK(f.error().text.find("LF alone") != std::string::npos);
        }
}

TEST_CASE("Content-Length together with Transfer-Encoding is rejected with a specific message") {
    std::string const length = "Content-Length: 5\r\n";
    std::string const chunked = "Transfer-Encoding: chunked\r\n";
    for (auto const& fields : {length + chunked, chunked + length}) {
        auto const f = parse_all(ok + fields + "\r\n", 4096);
        REQUIRE(!f);
        CHECK(f.error().code == errc::bad_http);
        CHECK(f.error().text.find("both Content-Length and Transfer-Encoding") != std::string::npos);
    }
    for (auto const& fields : {length + "Content-Length: 6\r\n", chunked + chunked}) {
        auto const f = parse_all(ok + fields + "\r\n", 4096);
        REQUIRE(!f);
        CHECK(f.error().text.find("more than one") != std::string::npos);
    }
    auto const odd = parse_all(ok + "Content-Length: 5x\r\n\r\n", 4096);
    REQUIRE(!odd);
    CHECK(odd.error().text.find("bad Content-Length") == 0);
}

TEST_CASE("an empty line may follow a response that ends its connection, but no other") {
    for (std::string const end :
         {"Content-Length: 2\r\n\r\nhi", "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"}) {
        for (std::size_t portion = 1; portion < 60; ++portion) {
            auto const closing = parse_all(ok + "Connection: close\r\n" + end + "\r\n", portion);
            REQUIRE(closing);
            CHECK(closing->parser.complete());
            CHECK(closing->left.empty());
            CHECK(closing->body == "hi");
        }
        CHECK(!parse_all(ok + end + "\r\n", 1));
        CHECK(parse_all(ok + end + "\r\n", 4096)->left == "\r\n");
        CHECK(parse_all(ok + "Connection: close\r\n" + end + "\r\nx", 4096)->left == "x");
    }
}

TEST_CASE("an empty body is complete in each of its forms, for every split") {
    for (auto const& answer : {ok + "Content-Length: 0\r\n\r\n", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                               ok + "Transfer-Encoding: chunked\r\n\r\n00000\r\nA: b\r\n\r\n",
                               std::string("HTTP/1.1 204 No Content\r\n\r\n"),
                               std::string("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")})
        for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
            CAPTURE(answer, portion);
            auto const f = parse_all(answer, portion);
            REQUIRE(f);
            CHECK(f->parser.complete());
            CHECK(f->body.empty());
        }
}

TEST_CASE("the response to a HEAD has no body, whatever length it declares") {
    feeder f{response_parser(response_parser::body::none), {}, {}, {}};
    REQUIRE(f.feed(ok + "Content-Length: 1000\r\n\r\n"));
    CHECK(f.parser.complete());
    CHECK(f.parser.header("Content-Length") == "1000");
}

TEST_CASE("interim responses are skipped, for every split") {
    auto const answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok +
                        "Content-Length: 2\r\n\r\nhi";
    for (std::size_t portion = 1; portion <= answer.size(); ++portion) {
        auto const f = parse_all(answer, portion);
        REQUIRE(f);
        CHECK(f->parser.status() == 200);
        CHECK(f->parser.header("Link").empty());
        CHECK(f->body == "hi");
        CHECK(f->parser.complete());
    }
}

TEST_CASE("a response whose truncation could not be detected is rejected at its head") {
    CHECK(code_of(ok + "Content-Type: x\r\n\r\nbody") == errc::unframed_body);
    CHECK(code_of("HTTP/1.0 200 OK\r\n\r\nbody") == errc::unframed_body);
    CHECK(code_of("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == errc::unframed_body);
    CHECK(code_of("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody") == errc{});
}

TEST_CASE("bytes after the end of a response stay unconsumed, and parsing them is an error") {
    for (auto const& answer :
         {ok + "Content-Length: 2\r\n\r\nhi", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"}) {
        feeder f;
        REQUIRE(f.feed(answer + "HTTP"));
        CHECK(f.parser.complete());
        CHECK(f.body == "hi");
        CHECK(f.left == "HTTP");
        auto const more = f.feed({});
        REQUIRE(!more);
        CHECK(more.error().code == errc::trailing_data);
        CHECK(more.error().offset == 2);
    }
}

TEST_CASE("invalid HTTP/1.1 framing is rejected") {
    auto const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    for (auto const& answer : {std::string("HELLO WORLD\r\n\r\n"),
                               std::string("HTTP/2.0 200 OK\r\n\r\n"),
                               std::string("HTTP/1.1 20 OK\r\n\r\n"),
                               std::string("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                               ok + "no colon\r\n\r\n",
                               ok + "Content-Length: x\r\n\r\n",
                               ok + "Content-Length: -1\r\n\r\n",
                               ok + "Content-Length: 99999999999999999999\r\n\r\n",
                               ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                               ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                               ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
                               std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
                               chunked + "xyz\r\n",
                               chunked + "2\r\nhello\r\n",
                               chunked + "FFFFFFFFFFFFFFFFFF\r\n",
                               chunked + "\r\n\r\n",
                               chunked + "-2\r\nhi\r\n",
                               chunked + "2 junk\r\nhi\r\n",
                               chunked + " 2\r\nhi\r\n",
                               chunked + "0x2\r\nhi\r\n",
                               chunked + "2\rhi\r\n",
                               chunked + "2;x\ry\r\nhi\r\n",
                               chunked + "2\r\nhi\r0",
                               chunked + "0\r\nA: b\rc\r\n\r\n",
                               chunked + "0\r\n\rx",
                               chunked + "10000000000000000\r\nhi\r\n",
                               chunked + "2;" + std::string(1, '\0') + "\r\nhi\r\n"}) {
        CAPTURE(answer);
        CHECK(code_of(answer) == errc::bad_http);
    }
}

TEST_CASE("the head, a chunk line and trailers are limited, whatever the portions") {
    std::string many_fields = ok;
    while (many_fields.size() < 70'000) many_fields += "X-Field: value\r\n";
    std::string const long_field = ok + "X-Long: " + std::string(70'000, 'x');
    auto const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    std::string const long_line = chunked + "5;" + std::string(70'000, 'x');
    std::string trailers = chunked + "0\r\n";
    while (trailers.size() < 70'000) trailers += "X-Field: value\r\n";
    for (auto const& answer : {many_fields, long_field, long_line, trailers})
        for (std::size_t portion : {std::size_t{1000}, answer.size()}) {
            auto const f = parse_all(answer, portion);
            REQUIRE(!f);
            CHECK(f.error().code == errc::limit_exceeded);
        }
    auto const large = parse_all(ok + "X-Long: " + std::string(60'000, 'x') + "\r\nContent-Length: 0\r\n\r\n", 4096);
    REQUIRE(large);
    CHECK(large->parser.complete());
}

TEST_CASE("a connection that the server wants to close is not kept") {
    CHECK(!parse_all(ok + "Connection: close\r\nContent-Length: 0\r\n\r\n", 999)->parser.keep_alive());
    CHECK(!parse_all("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 999)->parser.keep_alive());
    CHECK(
        parse_all("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 999)->parser.keep_alive());
    CHECK(!response_parser().keep_alive());
}

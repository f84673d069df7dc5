#include "http/request.hpp"

#include <catch2/catch.hpp>

using namespace aisle::playground;

TEST_CASE("A request head is parsed into its parts") {
    auto const r = parse_request_head(
                       "GET /v1/objects/b/a%20b%2Fc?provider=ais&x=1%262+3&flag HTTP/1.1\r\n"
                       "Host: h\r\ncontent-length:  12 \r\nRange: bytes=0-1\r\n\r\n")
                       .value();
    CHECK(r.method == "GET");
    CHECK(r.path == "/v1/objects/b/a b/c");
    CHECK(r.raw_query == "provider=ais&x=1%262+3&flag");
    CHECK(r.parameters.value_or("provider", "") == "ais");
    CHECK(r.parameters.value_or("x", "") == "1&2 3");
    CHECK(r.parameters.get("flag") == "");
    CHECK(!r.parameters.get("nope"));
    CHECK(r.content_length == 12);
    CHECK(r.field("RANGE") == "bytes=0-1");
    CHECK(r.keep_alive);
    CHECK(r.has_body());
}

TEST_CASE("Connections are kept or closed according to version and field") {
    CHECK(!parse_request_head("GET / HTTP/1.0\r\n\r\n").value().keep_alive);
    CHECK(parse_request_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").value().keep_alive);
    CHECK(!parse_request_head("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").value().keep_alive);
    CHECK(parse_request_head("GET http://other:1/x HTTP/1.1\r\n\r\n").value().path == "/x");
    CHECK(parse_request_head("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").value().chunked);
    CHECK(parse_request_head("PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n").value().expects_continue);
}

TEST_CASE("Anything but HTTP/1 is refused with the reason") {
    for (std::string const head :
         {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET x HTTP/1.1\r\n\r\n", "G\x01T / HTTP/1.1\r\n\r\n",
          "GET /a b HTTP/1.1\r\n\r\n", "GET /a\tb HTTP/1.1\r\n\r\n", "GET /a\x7f HTTP/1.1\r\n\r\n",
          "GET /%4 HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
          "GET / HTTP/1.1\r\n: v\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
        INFO(head);
        auto const r = parse_request_head(head);
        REQUIRE(r.has_error());
        CHECK(r.error().code == aisle::errc::bad_http);
        CHECK(!r.error().text.empty());
    }
}

TEST_CASE("Queries and path items") {
    CHECK(path_items("//v1//ml/moss/") == std::vector<std::string_view>{"v1", "ml", "moss"});
    CHECK(path_items("/").empty());
    query const sent("a=x+y&b=%2f%26&broken=%f&c");
    CHECK(sent.value_or("a", "") == "x y");
    CHECK(sent.value_or("b", "") == "/&");
    CHECK(sent.get("c") == "");
    CHECK(!sent.get("broken"));
    CHECK(query::sorted({{"b", "x y"}, {"a", "/&+ü"}}) == "a=%2F%26%2B%C3%BC&b=x+y");
}

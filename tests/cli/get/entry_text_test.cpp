#include "get/entry_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace aisle;
using namespace aisle::cli;
using Catch::Matchers::Contains;

TEST_CASE("an argument is a bucket and an object name, which may contain slashes") {
    auto e = parse_entry_argument("ais://train/a/b c.jpg", "");
    REQUIRE(e.has_value());
    CHECK(e->bucket == "ais://train");
    CHECK(e->object == "a/b c.jpg");
    e = parse_entry_argument("s3://other/x", "");
    REQUIRE(e.has_value());
    CHECK(e->bucket == "s3://other");
}

TEST_CASE("with a default bucket the whole argument is an object name") {
    auto const e = parse_entry_argument("a://b/c", "ais://train");
    REQUIRE(e.has_value());
    CHECK(e->bucket == "ais://train");
    CHECK(e->object == "a://b/c");
}

TEST_CASE("the error for an argument without an object quotes the argument") {
    for (auto text : {"", "a.jpg", "ais://", "ais://b", "ais://b/", "ais:///x", "://b/x"}) {
        auto const e = parse_entry_argument(text, "");
        REQUIRE(e.has_error());
        CHECK(e.error().code == errc::invalid_argument);
        CHECK_THAT(e.error().text, Contains(text));
    }
}

TEST_CASE("the remedy for a missing object whose name looks like a member of an archive") {
    for (auto name : {"s.tar/a.jpg", "d/s.tar/a/b.jpg", "s.tgz/a", "s.tar.gz/a", "s.zip/a", "s.tar.lz4/a"}) {
        INFO(name);
        CHECK_THAT(member_remedy({.bucket = "ais://b", .object = name}), Contains("archpath"));
    }
    for (auto name : {"a.jpg", "s.tar", "d.d/s.tar", "tar/a.jpg", "s.tarball/a"}) {
        INFO(name);
        CHECK(member_remedy({.bucket = "ais://b", .object = name}).empty());
    }
    CHECK(member_remedy({.bucket = "ais://b", .object = "x.tar/s", .archpath = "a"}).empty());
}

TEST_CASE("a line can set every field") {
    entry_line_parser parser("");
    auto const e = parser.parse(R"({"bucket":"ais://b","object":"o\u00fc","archpath":"a/b","start":5,"length":-1,)"
                                R"("opaque":"AAEC/w=="})");
    REQUIRE(e.has_value());
    CHECK(*e == entry{"ais://b", "o\u00fc", "a/b", std::string("\x00\x01\x02\xff", 4), {5, -1}});
}

TEST_CASE("the further keys of a listing are ignored") {
    entry_line_parser parser("");
    auto const e = parser.parse(R"({"bucket":"ais://b","object":"o","size":5,"checksum":"xxhash2:26c7827d889f6da3",)"
                                R"("version":"1","location":"t[x]:mp[/d]","state":"cached"})");
    REQUIRE(e.has_value());
    CHECK(e->object == "o");
    CHECK(e->expected_size == 5u);
}

TEST_CASE("a line without a bucket gets the default bucket") {
    entry_line_parser parser("ais://train");
    CHECK(parser.parse(R"({"object":"o"})")->bucket == "ais://train");
    CHECK(parser.parse(R"({"object":"o","bucket":"s3://other"})")->bucket == "s3://other");
}

TEST_CASE("the error for an invalid line says what is wrong") {
    struct {
        char const* line;
        char const* words;
    } const cases[] = {
        {"nonsense", "not JSON"},
        {"{\"object\":\"o\"", "not JSON"},
        {"{\"object\":\"o\"} {\"object\":\"p\"}", "not JSON"},
        {"{\"object\":\"\xff\"}", "not JSON"},
        {"[]", "not a JSON object"},
        {"7", "not a JSON object"},
        {"{}", "no \"bucket\""},
        {"{\"bucket\":\"ais://b\"}", "no \"object\""},
        {"{\"bucket\":\"ais://b\",\"object\":\"\"}", "no \"object\""},
        {"{\"bucket\":\"ais://b\",\"object\":7}", "\"object\" must be a string"},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"lenght\":7}", "unknown key \"lenght\""},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"\\u001b[0m\":7}", "unknown key \"\\x1b[0m\""},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"object\":\"p\"}", "the key \"object\" is given twice"},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"start\":\"5\"}", "\"start\" must be a whole number"},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"length\":1.5}", "\"length\" must be a whole number"},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"length\":99999999999999999999}", ""},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"opaque\":\"a-_=\"}", "\"opaque\" must be standard base64"},
        {"{\"bucket\":\"ais://b\",\"object\":\"o\",\"opaque\":\"YQ\"}", "\"opaque\" must be standard base64"},
    };
    entry_line_parser parser("");
    for (auto const& c : cases) {
        INFO(c.line);
        auto const e = parser.parse(c.line);
        REQUIRE(e.has_error());
        CHECK(e.error().code == errc::invalid_argument);
        CHECK_THAT(e.error().text, Contains(c.words));
    }
}

TEST_CASE("a parser can be used after an invalid line") {
    entry_line_parser parser("ais://b");
    CHECK(parser.parse("{").has_error());
    CHECK(parser.parse(R"({"object":"o"})")->object == "o");
}

#include "ls/listed_text.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;

namespace {

object_info object() {
    object_info o;
    o.name = "a/b \x1b.tar";
    o.size = 10'240;
    o.checksum = {"xxhash2", "0123456789abcdef"};
    o.version = "1";
    o.location = "t[x]";
    o.cached = true;
    return o;
}

}  // namespace

TEST_CASE("a name is always one line") {
    CHECK(name_line(object()) == "a/b \\x1b.tar\n");
    auto member = object();
    member.archpath = "m\n1";
    CHECK(name_line(member) == "a/b \\x1b.tar/m\\x0a1\n");
}

TEST_CASE("a long line has size, state and checksum in columns") {
    auto o = object();
    CHECK(long_line(o) == "         10240  cached      xxhash2:0123456789abcdef  a/b \\x1b.tar\n");
    o.cached = false;
    o.checksum = {};
    CHECK(long_line(o) == "         10240  backend     -                         a/b \\x1b.tar\n");
    o.is_archive = true;
    CHECK(long_line(o).substr(16, 8) == "archive ");
    o.is_unreadable = true;
    CHECK(long_line(o).substr(16, 11) == "unreadable ");
    o.archpath = "m";
    CHECK(long_line(o).substr(16, 7) == "member ");
}

TEST_CASE("a JSON line has the keys of an entry, and more with details") {
    CHECK(json_line(object(), "ais://b", false) ==
          "{\"bucket\":\"ais://b\",\"object\":\"a/b \\u001b.tar\",\"size\":10240}\n");
    CHECK(json_line(object(), "ais://b", true) ==
          "{\"bucket\":\"ais://b\",\"object\":\"a/b \\u001b.tar\",\"size\":10240,"
          "\"checksum\":\"xxhash2:0123456789abcdef\",\"version\":\"1\",\"location\":\"t[x]\",\"state\":\"cached\"}\n");
    auto member = object();
    member.archpath = "m";
    CHECK(json_line(member, "ais://b", false).find("\"archpath\":\"m\"") != std::string::npos);
}

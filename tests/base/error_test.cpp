#include <aisle/result.hpp>

#include <catch2/catch.hpp>

using namespace aisle;

TEST_CASE("an error says what, where, and keeps the server's words apart") {
    error e{errc::wrong_member, stage::assemble, "expected \"b/o\""};
    e.batch = 3;
    e.entry = 7;
    e.offset = 512;
    e.http_status = 200;
    e.server_text = "line\n\x1b[31mred";
    CHECK(e.message() ==
          "member is not the one asked for: expected \"b/o\" (assemble, batch 3, entry 7, byte 512, HTTP 200); "
          "server says: line\\x0a\\x1b[31mred");
}

TEST_CASE("every code has words of its own") {
    for (int i = 1; i <= static_cast<int>(errc::missing); ++i) {
        auto const words = make_error_code(static_cast<errc>(i)).message();
        CHECK(!words.empty());
        CHECK(words != "unknown error");
    }
    CHECK(make_error_code(errc{}).message() == "unknown error");
}

TEST_CASE("a result throws the error it holds") {
    result<int> r = error{errc::cancelled, stage::usage, "stopped"};
    REQUIRE(!r);
    try {
        r.value();
        FAIL("no exception");
    } catch (exception const& e) {
        CHECK(e.why().code == errc::cancelled);
        CHECK(std::string(e.what()) == e.why().message());
    }
}

#include <aisle/result.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <system_error>

using namespace aisle;

TEST_CASE("an error says what, where, and keeps the server's words apart") {
    error e{errc::wrong_member, stage::assemble, "expected \"b/o\""};
    e.batch = 3;
    e.entry = 7;
    e.offset = 512;
    e.http_status = 200;
    e.server_text = "line\n\x1b[31mred";
    CHECK(e.message() ==
          "member is not the requested one: expected \"b/o\" (assemble, batch 3, entry 7, byte 512, HTTP 200); "
          "server says: line\\x0a\\x1b[31mred");
}

TEST_CASE("every code has words of its own") {
    std::set<std::string> seen{"unknown error"};
    for (int i = 1; i <= static_cast<int>(errc::callback_failed); ++i) {
        auto const words = make_error_code(static_cast<errc>(i)).message();
        CAPTURE(i, words);
        CHECK(!words.empty());
        CHECK(seen.insert(words).second);
    }
    CHECK(make_error_code(errc{}).message() == "unknown error");
    CHECK(make_error_code(static_cast<errc>(static_cast<int>(errc::callback_failed) + 1)).message() == "unknown error");
}

TEST_CASE("a code is equal to the condition of std::errc that means the same") {
    struct meaning {
        errc code;
        std::errc standard;
        boost::system::errc::errc_t boosts;
    };
    namespace generic = boost::system::errc;
    for (auto const& m : {meaning{errc::cancelled, std::errc::operation_canceled, generic::operation_canceled},
                          {errc::deadline_exceeded, std::errc::timed_out, generic::timed_out},
                          {errc::connect_timeout, std::errc::timed_out, generic::timed_out},
                          {errc::first_byte_timeout, std::errc::timed_out, generic::timed_out},
                          {errc::idle_timeout, std::errc::timed_out, generic::timed_out},
                          {errc::connection_lost, std::errc::connection_reset, generic::connection_reset},
                          {errc::connection_lost, std::errc::connection_aborted, generic::connection_aborted},
                          {errc::connection_lost, std::errc::broken_pipe, generic::broken_pipe},
                          {errc::connect_failed, std::errc::connection_refused, generic::connection_refused},
                          {errc::resolve_failed, std::errc::host_unreachable, generic::host_unreachable},
                          {errc::invalid_argument, std::errc::invalid_argument, generic::invalid_argument},
                          {errc::invalid_entry, std::errc::invalid_argument, generic::invalid_argument},
                          {errc::invalid_endpoint, std::errc::invalid_argument, generic::invalid_argument},
                          {errc::unsupported, std::errc::not_supported, generic::not_supported},
                          {errc::missing, std::errc::no_such_file_or_directory, generic::no_such_file_or_directory}}) {
        auto const code = make_error_code(m.code);
        CAPTURE(code.message());
        CHECK(code == m.boosts);
        CHECK(code == m.standard);
        std::error_code const standard = code;
        CHECK(standard == m.standard);
        CHECK(standard.default_error_condition() != std::errc::owner_dead);
        CHECK(code != std::errc::owner_dead);
    }
    // What has no counterpart is equal to none.
    CHECK(make_error_code(errc::short_batch) != std::errc::io_error);
    CHECK(make_error_code(errc::connect_failed) != std::errc::connection_reset);
    CHECK(make_error_code(errc::short_batch) == make_error_code(errc::short_batch).default_error_condition());
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

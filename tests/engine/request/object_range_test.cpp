#include "object_store.hpp"

#include <support/pattern.hpp>

using namespace aisle;
using namespace aisle::detail;
using namespace aisle::test;

TEST_CASE("a range is cut out of a large member without copying more than its bytes") {
    auto const bytes = pattern(1 << 20);
    for (auto const range : {byte_range{1000, 4096}, byte_range{0, 300'000}, byte_range{700'000, -1},
                             byte_range{(1 << 20) - 1, 1}, byte_range{0, 1 << 20}}) {
        CAPTURE(range.start, range.length);
        bench b(member(range));
        object_store s{.bytes = bytes};
        REQUIRE(s.serve(b.transfer, bytes.npos, 64 * 1024).has_value());
        CHECK(taken_text(b.transfer) ==
              bytes.substr(static_cast<std::size_t>(range.start),
                           range.length > 0 ? static_cast<std::size_t>(range.length) : bytes.npos));
    }
}

TEST_CASE("a range is complete when its last byte has arrived, not at the end of the member") {
    bench b(member({10, 20}));
    object_store s{.bytes = pattern(1000)};
    REQUIRE(s.serve(b.transfer, 29, 1).has_value());
    CHECK(!b.transfer.complete());
    REQUIRE(s.serve(b.transfer, 30, 1).has_value());
    CHECK(b.transfer.complete());
    CHECK(taken_text(b.transfer) == s.bytes.substr(10, 20));
}

TEST_CASE("the body of a 206 is at its Content-Range, or is refused") {
    auto const bytes = pattern(1024);
    bench b(object({10, 20}));
    object_store none;
    auto const part = [&](std::string range, std::size_t from, std::size_t size) {
        return object_answer{
            .status = 206, .content_range = std::move(range), .checksum = "c", .body = bytes.substr(from, size)};
    };
    CHECK(b.begins(none, 0, part("bytes 10-29/1024", 10, 20)) == errc{});
    CHECK(b.begins(none, 0, part("bytes 10-29/*", 10, 20)) == errc{});
    CHECK(b.begins(none, 0, part("bytes 0-99/1024", 0, 100)) == errc{});
    CHECK(b.begins(none, 0, part("bytes 0-19/1024", 0, 20)) == errc{});  // the start
    CHECK(b.begins(none, 0, part("bytes 30-49/1024", 30, 20)) == errc::wrong_size);
    CHECK(b.begins(none, 0, part("bytes 0-9/1024", 0, 10)) == errc::wrong_size);
    CHECK(b.begins(none, 0, part("bytes 10-19/20", 10, 10)) == errc::wrong_size);  // the object ends within the range
    CHECK(b.begins(none, 0, part("", 0, 20)) == errc::bad_http);
    CHECK(b.begins(none, 0, part("lines 1-2/3", 0, 20)) == errc::bad_http);
    CHECK(b.begins(none, 0, part("bytes 10-29/1024", 10, 19)) == errc::bad_http);
    CHECK(b.begins(none, 0, part("bytes */1024", 10, 20)) == errc::bad_http);
    CHECK(b.begins(none, 0, object_answer{.status = 204}) == errc::bad_http);

    object_store s{.bytes = bytes, .checksum = "c"};
    CHECK(b.begins(s, 5, part("bytes 15-29/1024", 15, 15)) == errc{});
    CHECK(b.begins(s, 5, part("bytes 12-29/1024", 12, 18)) == errc{});
    CHECK(b.begins(s, 5, part("bytes 16-29/1024", 16, 14)) == errc::wrong_size);  // a gap
    CHECK(b.begins(s, 5, part("bytes 10-14/1024", 10, 5)) == errc::wrong_size);   // nothing new
    CHECK(b.begins(s, 5, part("bytes 15-29/1025", 15, 15)) == errc::truncated_body);

    bench whole(object());
    CHECK(whole.begins(none, 0, part("bytes 0-1023/1024", 0, 1024)) == errc::bad_http);  // no Range was sent
    bench open(object({1000, -1}));
    CHECK(open.begins(none, 0, part("bytes 1000-1023/*", 1000, 24)) == errc::unframed_body);
    CHECK(open.begins(none, 0, part("bytes 0-23/1024", 0, 24)) == errc::wrong_size);
    bench of_member(member({10, 20}));
    CHECK(of_member.begins(none, 0, part("bytes 10-29/1024", 10, 20)) == errc::bad_http);
}

TEST_CASE("a refused Content-Range is shown as the server's message") {
    bench b(object({10, 20}));
    auto const ok = b.transfer.begin(object_answer{.status = 206, .content_range = "lines 1-2/3", .body = "xy"}.head());
    REQUIRE(ok.has_error());
    CHECK(ok.error().http_status == 206);
    CHECK(ok.error().server_text == "lines 1-2/3");
    CHECK(ok.error().where == stage::response);
    auto const wrong =
        b.transfer.begin(object_answer{.status = 206, .content_range = "bytes 0-1/3", .body = "xy"}.head());
    REQUIRE(wrong.has_error());
    CHECK(wrong.error().text.find("requested bytes from 10 on, the response has bytes 0 to 1") != std::string::npos);
}

TEST_CASE("a part that is larger than the range is cut, a smaller one is continued") {
    auto const bytes = pattern(1024);
    bench b(object({10, 20}));
    object_answer a{.status = 206, .content_range = "bytes 3-99/1024", .version = "1", .body = bytes.substr(3, 97)};
    REQUIRE(b.transfer.begin(a.head()).has_value());
    REQUIRE(b.transfer.data(std::as_bytes(std::span(a.body))).has_value());
    CHECK(taken_text(b.transfer) == bytes.substr(10, 20));

    a.content_range = "bytes 10-17/1024";
    a.body = bytes.substr(10, 8);
    REQUIRE(b.transfer.begin(a.head()).has_value());
    REQUIRE(b.transfer.data(std::as_bytes(std::span(a.body))).has_value());
    CHECK(code_of(b.transfer.end_of_body()) == errc::truncated_body);
    CHECK(range_of(b.transfer) == "Range: bytes=18-29");
    object_store s{.bytes = bytes, .version = "1"};
    REQUIRE(s.serve(b.transfer).has_value());
    CHECK(taken_text(b.transfer) == bytes.substr(10, 20));
}

TEST_CASE("if a server ignores Range and sends the whole object, the range is cut out") {
    for (bool const chunked : {false, true}) {
        for (auto const range : {byte_range{}, byte_range{10, 20}, byte_range{1000, -1}}) {
            for (std::size_t const cut : {5, 15, 1001, 1023}) {
                CAPTURE(chunked, range.start, cut);
                bench b(object(range));
                object_store s{.bytes = pattern(1024), .checksum = "c", .honours_range = false, .chunked = chunked};
                REQUIRE(s.serve(b.transfer, cut).has_value());
                if (!b.transfer.complete()) REQUIRE(s.serve(b.transfer).has_value());
                CHECK(taken_text(b.transfer) ==
                      s.bytes.substr(static_cast<std::size_t>(range.start),
                                     range.length > 0 ? static_cast<std::size_t>(range.length) : s.bytes.npos));
            }
        }
    }
}

TEST_CASE("a range must be inside the object, in whichever form it is answered") {
    for (bool const chunked : {false, true}) {
        for (bool const in_shard : {false, true}) {
            for (auto const range : {byte_range{100, 1}, byte_range{99, 2}, byte_range{0, 101}, byte_range{100, -1},
                                     byte_range{101, -1}, byte_range{INT64_MAX - 1, 1}}) {
                CAPTURE(chunked, in_shard, range.start, range.length);
                bench b(in_shard ? member(range) : object(range));
                object_store s{.bytes = pattern(100), .honours_range = !in_shard, .chunked = chunked};
                auto const ok = s.serve(b.transfer);
                CHECK(code_of(ok) == errc::wrong_size);
                CHECK(!b.transfer.complete());
            }
            for (auto const range : {byte_range{99, 1}, byte_range{0, 100}, byte_range{99, -1}, byte_range{0, 1}}) {
                bench b(in_shard ? member(range) : object(range));
                object_store s{.bytes = pattern(100), .honours_range = !in_shard, .chunked = chunked};
                CHECK(s.serve(b.transfer).has_value());
                CHECK(b.transfer.complete());
            }
        }
    }
    bench b(object({100, -1}));
    auto const ok = b.transfer.begin(object_answer{.status = 416, .content_range = "bytes */100"}.head());
    REQUIRE(ok.has_error());
    CHECK(ok.error().http_status == 416);
    CHECK(ok.error().text.find("100 bytes") != std::string::npos);
    CHECK(b.begins(*std::make_unique<object_store>(), 0, object_answer{.status = 416}) == errc::wrong_size);
}

TEST_CASE("an empty object is complete with its head, and has no slab") {
    for (bool const chunked : {false, true}) {
        for (auto const& what : {object(), object({0, -1}), member(), member({0, -1})}) {
            bench b(what);
            object_store s{.chunked = chunked};
            REQUIRE(s.serve(b.transfer).has_value());
            CHECK(taken_text(b.transfer).empty());
            CHECK(b.pool.in_use_bytes() == 0);
        }
    }
}

TEST_CASE("an expected size is compared with the head, before the bytes arrive") {
    bench b(object());
    b.what.expected_size = 99;
    object_store s{.bytes = pattern(100)};
    CHECK(code_of(s.serve(b.transfer, 0)) == errc::wrong_size);
    s.chunked = true;
    CHECK(code_of(s.serve(b.transfer)) == errc::wrong_size);
    b.transfer.restart();
    b.what.expected_size = 100;
    REQUIRE(s.serve(b.transfer).has_value());
    CHECK(b.transfer.complete());
}

TEST_CASE("bytes over the limit are refused, whether announced or not") {
    for (bool const chunked : {false, true}) {
        bench b(object(), 1000);
        object_store s{.bytes = pattern(1001), .chunked = chunked};
        auto const ok = s.serve(b.transfer);
        REQUIRE(ok.has_error());
        CHECK(ok.error().code == errc::limit_exceeded);
        CHECK(ok.error().text.find("the limit is 1000 bytes (engine_options::max_sample_bytes)") != std::string::npos);
        s.bytes.resize(1000);
        b.transfer.restart();
        REQUIRE(s.serve(b.transfer).has_value());
        CHECK(taken_text(b.transfer) == s.bytes);
    }
    bench endless(object(), 1000);
    object_answer const a{.chunked = true, .body = pattern(600)};
    REQUIRE(endless.transfer.begin(a.head()).has_value());
    CHECK(endless.transfer.data(std::as_bytes(std::span(a.body))).has_value());
    CHECK(code_of(endless.transfer.data(std::as_bytes(std::span(a.body)))) == errc::limit_exceeded);
    bench b(member({1000, 100}), 100);  // a small part of a large member
    object_store s{.bytes = pattern(5000)};
    REQUIRE(s.serve(b.transfer).has_value());
    CHECK(b.transfer.complete());
}

TEST_CASE("memory follows the bytes that arrive, not the announced size") {
    bench b(object(), std::uint64_t{1} << 50);
    object_answer const a{.status = 200, .body = "x"};
    auto head = a.head();
    head.content_length = std::uint64_t{1} << 49;
    REQUIRE(b.transfer.begin(head).has_value());
    CHECK(b.pool.in_use_bytes() == 0);
    REQUIRE(b.transfer.data(std::as_bytes(std::span(a.body))).has_value());
    CHECK(b.pool.in_use_bytes() == object_transfer::trusted_bytes);

    auto const next = [](std::size_t now, std::uint64_t wanted) { return object_transfer::next_capacity(now, wanted); };
    constexpr std::size_t mib = 1 << 20;
    CHECK(next(0, 10) == 10);
    CHECK(next(0, 64 * mib) == 64 * mib);
    CHECK(next(0, 1024 * mib) == 64 * mib);
    CHECK(next(64 * mib, 1024 * mib) == 128 * mib);
    CHECK(next(512 * mib, 1024 * mib + 1) == 1024 * mib);
    CHECK(next(1024 * mib, 1024 * mib + 1) == 1024 * mib + 1);
    CHECK(object_transfer::next_capacity(0, {}) == slab_pool::min_slab_bytes);
    CHECK(object_transfer::next_capacity(mib, {}) == 2 * mib);
}

TEST_CASE("an object of one gibibyte is continued at its last byte") {
    auto const gib = std::to_string(std::uint64_t{1} << 30);
    bench b(object({(std::int64_t{1} << 30) - 1, -1}));
    CHECK(range_of(b.transfer) == "Range: bytes=1073741823-");
    object_answer const a{.status = 206, .content_range = "bytes 1073741823-1073741823/" + gib, .body = "x"};
    REQUIRE(b.transfer.begin(a.head()).has_value());
    REQUIRE(b.transfer.data(std::as_bytes(std::span(a.body))).has_value());
    CHECK(taken_text(b.transfer) == "x");
    CHECK(code_of(b.transfer.begin(
              object_answer{.status = 206, .content_range = "bytes 1073741822-1073741823/" + gib, .body = "wx"}
                  .head())) == errc{});
}

TEST_CASE("an object of unknown size grows as it arrives, with its bytes in one run") {
    for (bool const chunked : {false, true}) {
        bench b(object());
        object_store s{.bytes = pattern(1'500'000), .checksum = "c", .chunked = chunked};
        REQUIRE(s.serve(b.transfer, 700'000, 33'333).has_value());
        REQUIRE(s.serve(b.transfer, s.bytes.npos, 600'000).has_value());
        auto taken = b.transfer.take();
        REQUIRE(taken.bytes.runs().size() == 1);
        CHECK(taken.bytes.size_bytes() == s.bytes.size());
        CHECK(std::memcmp(taken.bytes.flat().data(), s.bytes.data(), s.bytes.size()) == 0);
        CHECK(b.pool.in_use_bytes() == 2 << 20);  // its own slab
    }
}

TEST_CASE("more bytes than announced are invalid HTTP") {
    bench b(object({10, 20}));
    object_answer const a{.status = 206, .chunked = true, .content_range = "bytes 10-29/1024", .body = pattern(21)};
    REQUIRE(b.transfer.begin(a.head()).has_value());
    CHECK(code_of(b.transfer.data(std::as_bytes(std::span(a.body)))) == errc::bad_http);
    CHECK(b.transfer.received() == 0);
}

TEST_CASE("after take() a transfer is as new") {
    bench b(object());
    object_store s{.bytes = pattern(100), .checksum = "c"};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(s.serve(b.transfer, 60).has_value());
        REQUIRE(s.serve(b.transfer).has_value());
        CHECK(taken_text(b.transfer) == s.bytes);
        CHECK(b.transfer.received() == 0);
        CHECK(!b.transfer.size());
        CHECK(!b.transfer.complete());
    }
}

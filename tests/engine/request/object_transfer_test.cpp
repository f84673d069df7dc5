#include "object_store.hpp"

#include <support/pattern.hpp>

using namespace aisle;
using namespace aisle::detail;
using namespace aisle::test;

TEST_CASE("an object is requested by its encoded path, bucket and member") {
    bench b({.bucket = "s3://@u#ns/b", .object = "a b/c%d[1].x", .archpath = "in/m 1"});
    auto const r = b.transfer.next_request().value();
    CHECK(r.method == "GET");
    CHECK(r.target.target() ==
          "/v1/objects/b/a%20b/c%25d%5B1%5D.x?provider=aws&namespace=%40u%23ns&archpath=in%2Fm%201");
    CHECK(bench({.bucket = "nope://b", .object = "o"}).transfer.next_request().error().code == errc::invalid_entry);
}

TEST_CASE("a range of an object is requested, one of a member is not") {
    CHECK(range_of(bench(object()).transfer).empty());
    CHECK(range_of(bench(object({10, 20})).transfer) == "Range: bytes=10-29");
    CHECK(range_of(bench(object({0, 1})).transfer) == "Range: bytes=0-0");
    CHECK(range_of(bench(object({1000, -1})).transfer) == "Range: bytes=1000-");
    CHECK(range_of(bench(object({INT64_MAX - 1, 1})).transfer) ==
          "Range: bytes=9223372036854775806-9223372036854775806");
    CHECK(range_of(bench(member({10, 20})).transfer).empty());
    CHECK(range_of(bench(member()).transfer).empty());
}

TEST_CASE("an object that is cut again and again takes as many requests, and no byte is requested twice") {
    auto const bytes = pattern(41);
    for (auto const range :
         {byte_range{}, byte_range{7, 20}, byte_range{0, 41}, byte_range{3, -1}, byte_range{40, 1}}) {
        for (std::size_t cut = 1; cut <= bytes.size(); ++cut) {
            CAPTURE(cut, range.start, range.length);
            bench b(object(range));
            object_store s{.bytes = bytes, .checksum = "c"};
            auto const wanted = bytes.substr(static_cast<std::size_t>(range.start),
                                             range.length > 0 ? static_cast<std::size_t>(range.length) : bytes.npos);
            std::size_t requests = 0;
            while (!b.transfer.complete()) {
                REQUIRE(b.transfer.received() == std::min(requests * cut, wanted.size()));
                REQUIRE(s.serve(b.transfer, cut).has_value());
                ++requests;
            }
            CHECK(requests == (wanted.size() + cut - 1) / cut);
            CHECK(s.bytes_sent == wanted.size());
            CHECK(taken_text(b.transfer) == wanted);
        }
    }
}

TEST_CASE("a continuing request asks for the rest of the range") {
    bench whole(object());
    object_store s{.bytes = pattern(1000), .version = "7"};
    REQUIRE(s.serve(whole.transfer, 400).has_value());
    CHECK(whole.transfer.size() == 1000u);
    CHECK(range_of(whole.transfer) == "Range: bytes=400-");
    bench part(object({100, 300}));
    REQUIRE(s.serve(part.transfer, 50).has_value());
    CHECK(range_of(part.transfer) == "Range: bytes=150-399");
    part.transfer.restart();
    CHECK(part.transfer.received() == 0);
    CHECK(range_of(part.transfer) == "Range: bytes=100-399");
}

TEST_CASE("if versions cannot be distinguished, the whole object is requested again") {
    bench b(object({100, 300}));
    object_store s{.bytes = pattern(1000)};
    REQUIRE(s.serve(b.transfer, 50).has_value());
    CHECK(b.transfer.received() == 50);
    CHECK(range_of(b.transfer) == "Range: bytes=100-399");
    REQUIRE(s.serve(b.transfer, 20).has_value());  // less than before
    CHECK(b.transfer.received() == 50);
    REQUIRE(s.serve(b.transfer).has_value());
    CHECK(taken_text(b.transfer) == s.bytes.substr(100, 300));
}

namespace {

// The fields with which a server describes an object in one answer.
struct manner {
    std::string object_store::* told = nullptr;
    bool honours_range = true;
    bool chunked = false;

    void apply(object_store& s, std::string const& version) const {
        s.etag = s.version = s.checksum = s.last_modified = {};
        if (told) s.*told = version;
        s.honours_range = honours_range;
        s.chunked = chunked;
    }
};

manner const manners[] = {
    {},
    {nullptr, false, false},
    {nullptr, false, true},
    {&object_store::checksum, true, false},
    {&object_store::checksum, false, false},
    {&object_store::checksum, false, true},
    {&object_store::etag, true, false},
    {&object_store::version, true, true},
    {&object_store::last_modified, true, false},
};

// One version up to `cut`, then another up to `second`, then the rest. Empty if that takes too many requests.
std::string fetched(entry const& what, std::string const& before, std::string const& after, std::size_t cut,
                    std::size_t second, manner const (&how)[3], slab_pool& pool) {
    object_transfer transfer(what, pool, limit);
    object_store s{.bytes = before};
    how[0].apply(s, "1");
    static_cast<void>(s.serve(transfer, cut));
    if (transfer.complete()) return after;
    s.bytes = after;
    how[1].apply(s, "2");
    static_cast<void>(s.serve(transfer, second));
    how[2].apply(s, "2");
    for (int more = 0; !transfer.complete() && more < 3; ++more) static_cast<void>(s.serve(transfer));
    return transfer.complete() ? taken_text(transfer) : "";
}

}  // namespace

TEST_CASE("an object that changes between two requests is never mixed, whatever fields the server sends") {
    slab_pool pool(1 << 20);
    entry const whole = object();
    entry const in_shard = member();
    std::string const before = "aaaabbbb";
    for (std::string const after : {"aaaacccc", "ddddbbbb", "aaaa", "aaaabbbbee", "aaacb", "f"}) {
        for (auto const& first : manners) {
            for (auto const& second : manners) {
                for (auto const& third : manners) {
                    manner const how[] = {first, second, third};
                    for (std::size_t i = 0; i < (before.size() + 1) * (after.size() + 1); ++i) {
                        auto const cut = i % (before.size() + 1);
                        auto const then = i / (before.size() + 1);
                        bool const ranges = first.honours_range && second.honours_range && third.honours_range;
                        auto const got =
                            fetched(ranges || i % 2 ? whole : in_shard, before, after, cut, then, how, pool);
                        if (got == after) continue;
                        CAPTURE(cut, then, &first - manners, &second - manners, &third - manners);
                        REQUIRE(got == after);
                    }
                }
            }
        }
    }
}

TEST_CASE("a changed object is reported, and the next request is for all of it") {
    bench b(object());
    object_store s{.bytes = pattern(1000), .checksum = "c1"};
    REQUIRE(s.serve(b.transfer, 400).has_value());
    s.checksum = "c2";
    auto const changed = s.serve(b.transfer);
    REQUIRE(changed.has_error());
    CHECK(changed.error().code == errc::truncated_body);
    CHECK(changed.error().http_status == 206);
    CHECK(b.transfer.received() == 0);
    CHECK(range_of(b.transfer).empty());
    // Shorter than the received bytes: the server cannot satisfy the range.
    REQUIRE(s.serve(b.transfer, 400).has_value());
    s.bytes.resize(100);
    CHECK(code_of(s.serve(b.transfer)) == errc::truncated_body);
    REQUIRE(s.serve(b.transfer).has_value());
    CHECK(taken_text(b.transfer) == s.bytes);
}

TEST_CASE("bytes that differ under the same checksum are not joined") {
    bench b(object());
    object_store s{.bytes = "aaaaaaaaaa", .checksum = "c"};
    REQUIRE(s.serve(b.transfer, 5).has_value());
    auto a = s.answer(b.transfer.next_request().value());
    a.content_range = "bytes 3-9/10";  // starts before the requested range, which a server may do
    a.body = "bbbbbbb";
    REQUIRE(b.transfer.begin(a.head()).has_value());
    CHECK(code_of(b.transfer.data(std::as_bytes(std::span(a.body)))) == errc::truncated_body);
    CHECK(b.transfer.received() == 0);
}

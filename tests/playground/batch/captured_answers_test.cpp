// The playground's responses, compared with those of a real AIStore cluster (tests/data). For the same request, objects
// and owners all bytes are the same: heads, chunk sizes, archives, metadata, errors. What cannot be equal is replaced
// first: dates, IDs, ports, boundaries, and the members' times.

#include "../archives.hpp"
#include "support/http_fixture.hpp"
#include "support/tar_builder.hpp"

#include <aisle/codec/compression/compressor.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>

using namespace aisle;
using namespace aisle::test;

namespace {

// tests/data/README.md: the bytes of "NAME|" repeated and cut.
std::string content(std::string const& name, std::size_t size) {
    std::string text;
    while (text.size() < size) text += name + "|";
    return text.substr(0, size);
}

std::string entry(std::string const& name, std::string const& data, char type = '0') {
    std::array<char, 12> size{};
    std::snprintf(size.data(), size.size(), "%011zo", data.size());
    tar_block_builder const header{.name = name, .size = size.data(), .type = type};
    return header.bytes() + data + std::string(codec::tar_padding(data.size()), '\0');
}

std::string shard() {
    std::string every_byte;
    for (int b = 0; b < 256; ++b) every_byte += static_cast<char>(b);
    return entry("a.txt", "AAAA") + entry("d/b.bin", every_byte) + entry("empty.txt", "") + entry("ln.txt", "", '2') +
           std::string(1024, '\0');
}

std::string tgz_shard() {
    auto const gzip = codec::make_compressor(codec::compression::gzip);
    std::string out;
    gzip->write(out, shard());
    gzip->finish(out);
    return out;
}

std::string zip_shard() {
    codec::zip_writer zip;
    std::string out;
    for (std::string const name : {"a.txt", "b.txt"}) {
        REQUIRE(zip.begin_entry(out, name, 0));
        out += "AAAA";
        zip.data(std::as_bytes(std::span(out)).last(4));
        zip.end_entry(out);
    }
    zip.finish(out);
    return out;
}

// The damaged shard of fixture 12: its member should have 20,000 bytes and has 8,000, which the response contains.
std::string cut_shard() {
    tar_block_builder const header{.name = "big.bin", .size = "00000047040"};
    return header.bytes() + load_fixture("12_tar_member_CUT.http").body.substr(1536);
}

// The objects of the fixtures' cluster, and those that its designated target owned.
struct fixture_cluster : cluster_under_test {
    fixture_cluster() : cluster_under_test(options()) {
        create("tst-fx");
        create("tst-fx2");
        for (std::size_t size : {0, 1, 511, 512, 513, 1024, 5000}) {
            auto const name = "s" + std::to_string(size);
            put("tst-fx", name, content(name, size));
        }
        for (auto const& name :
             {std::string("ünï/日本 x.bin"), std::string(101, 'n'), std::string(120, 'd') + "/" + std::string(60, 'e'),
              std::string(300, 'm'), std::string("__404__/tst-fx/s1"), std::string("q\"<&>\\z")})
            put("tst-fx", name, content(name, 33));
        for (auto const* name : {"loc0", "rem0"}) put("tst-fx", name, content(name, 40));
        for (auto const* name : {"shl0.tar", "shr0.tar"}) put("tst-fx", name, shard());
        put("tst-fx", "shr0.tgz", tgz_shard());
        put("tst-fx", "shl1.zip", zip_shard());
        put("tst-fx", "cutl0.tar", cut_shard());
        put("tst-fx2", "s1", load_fixture("03_tar_onob_2buckets.http").body.substr(1536, 7));
    }

    static playground::server_options options() {
        playground::server_options o;
        o.owner = [](std::string_view, std::string_view name) {
            for (auto const* local : {"nol", "noshl", "shl", "loc", "cutl", "q", "s513"}) {
                if (name.starts_with(local)) return 0u;
            }
            return 1u;
        };
        return o;
    }
};

std::string captured(std::string const& file) {
    return file_text(std::string(AISLE_TEST_DATA) + "/" + file);
}

// The request of a fixture, from the table: names such as "n*101" are n, 101 times.
std::string request_of(std::string const& file) {
    auto text = fixture_row(file).at(1);
    text = text.substr(1, text.size() - 2);
    auto const put = [&](std::string const& from, std::string const& to) {
        if (auto const at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    };
    put("n*101", std::string(101, 'n'));
    put("d*120/e*60", std::string(120, 'd') + "/" + std::string(60, 'e'));
    put("m*300", std::string(300, 'm'));
    return text;
}

std::string replaced(std::string const& text, std::string const& pattern, std::string const& with) {
    return std::regex_replace(text, std::regex(pattern), with);
}

std::string evened_text(std::string text) {
    text = replaced(text, "Date: [^\r]*", "Date: ..");
    text = replaced(text, R"(127\.0\.0\.1:\d+)", "HOST");
    text = replaced(text, R"(([pt])\[[^\]]*\])", "$1[..]");
    text = replaced(text, R"(gbt-[-\w]+)", "gbt-..");
    text = replaced(text, R"((/|")[-\w]{7}-[-\w]{5}(/|\\"))", "$1WORK$2");
    text = replaced(text, R"(-\d\d:\d\d:\d\d\.\d{6})", "-TIME");
    text = replaced(text, "[0-9a-f]{60}", "BOUNDARY");
    return replaced(text, R"(pid=\w+(&amp;|&)utm=\w+)", "pid=..$1utm=..");
}

// Zeroes time and checksum of the members' headers. `tar` may begin and end anywhere in other bytes.
std::string evened_tar(std::string body) {
    for (std::size_t at = 0; (at = body.find("ustar\0"
                                             "00",
                                             at, 8)) != std::string::npos;
         at += 8) {
        if (at >= 257) body.replace(at - 257 + 136, 20, 20, '?');
    }
    return body;
}

// The same in the headers of a zip.
std::string evened_zip(std::string body) {
    struct field {
        std::string_view mark;
        std::size_t offset;
    };
    for (auto const& [mark, offset] :
         {field{"PK\3\4", 10}, field{"PK\1\2", 12}, field{std::string_view("UT\5\0\1", 5), 5}}) {
        for (std::size_t at = 0; (at = body.find(mark, at)) != std::string::npos; at += mark.size())
            body.replace(at + offset, 4, 4, '?');
    }
    return body;
}

std::string evened_body(raw_answer const& answer) {
    return answer.status == 200
               ? replaced(evened_zip(evened_tar(answer.body)), "gbt-[-\\w]+|[0-9a-f]{60}|t\\[\\w+\\]", "..")
               : evened_text(answer.body);
}

raw_answer parsed(std::string const& wire) {
    raw_answer answer;
    auto const end = wire.find("\r\n\r\n") + 4;
    answer.head = wire.substr(0, end);
    answer.status = std::atoi(wire.c_str() + 9);
    answer.body = wire.substr(end);
    if (answer.field("Transfer-Encoding") == "chunked") {
        std::string_view rest = answer.body;
        for (std::size_t size = 1; size != 0;) {
            size = std::strtoull(std::string(rest.substr(0, 10)).c_str(), nullptr, 16);
            answer.chunks.push_back(size);
            rest.remove_prefix(std::min(rest.size(), rest.find("\r\n") + 2 + size + 2));
        }
        answer.body = dechunked(answer.body);
    }
    return answer;
}

// The body's length changes with that of ids and ports in it.
std::string evened_head(raw_answer const& answer) {
    return replaced(evened_text(answer.head), "Content-Length: \\d+", "Content-Length: ..");
}

// The first difference, in one readable line.
std::string difference(std::string const& ours, std::string const& theirs) {
    if (ours == theirs) return "none";
    auto const at = static_cast<std::size_t>(std::ranges::mismatch(ours, theirs).in1 - ours.begin());
    auto const begin = at < 40 ? 0 : at - 40;
    return "at " + std::to_string(at) + ": ..." + ours.substr(begin, 120) + "... instead of ..." +
           theirs.substr(begin, 120) + "...";
}

void check_same(raw_answer const& ours, raw_answer const& theirs) {
    CHECK(evened_head(ours) == evened_head(theirs));
    CHECK(ours.chunks == theirs.chunks);
    CHECK(difference(evened_body(ours), evened_body(theirs)) == "none");
}

}  // namespace

TEST_CASE("Get-Batch responses are byte for byte those of a real cluster") {
    fixture_cluster const home;
    for (std::string const file :
         {"02_tar_sizes.http", "03_tar_onob_2buckets.http", "04_tar_names.http", "05_tar_404_names.http",
          "06_tar_strict_remote_missing.http", "07_tar_strict_local_missing_SHORT.http", "08_tar_softerr_SHORT.http",
          "09_tar_oob_EMPTY.http", "11_tar_archpath_range.http", "12_tar_member_CUT.http", "16_zip.http",
          "17_zip_CUT_validcrc.http", "18_multipart_tar.http", "19_multipart_zip.http", "20_multipart_missing_404.http",
          "25_tar_uname_EMPTYNAME.http", "26_mime_gzip_is_zip.http"}) {
        INFO(file);
        auto const request = request_of(file);
        auto const ours = const_cast<fixture_cluster&>(home).batch_by(0, "tst-fx", request);
        CHECK(ours.whole);
        check_same(ours, parsed(captured(file)));
    }
}

TEST_CASE("Compressed responses have head, frame and tar of a real cluster") {
    fixture_cluster home;
    struct row {
        std::string file;
        std::string_view mime;
        std::size_t header_bytes;
    };
    for (auto const& [file, mime, header_bytes] :
         {row{"13_tgz.http", ".tgz", 10}, row{"14_tgz_SHORT.http", ".tgz", 10}, row{"15_lz4.http", ".tar.lz4", 7}}) {
        INFO(file);
        auto const ours = home.batch_by(0, "tst-fx", request_of(file));
        auto const theirs = parsed(captured(file));
        CHECK(evened_head(ours) == evened_head(theirs));
        CHECK(ours.chunks.size() == theirs.chunks.size());
        CHECK(ours.body.substr(0, header_bytes) == theirs.body.substr(0, header_bytes));
        CHECK(members_of(wire_format_of(mime), ours.body) == members_of(wire_format_of(mime), theirs.body));
        CHECK(is_sound(wire_format_of(mime), ours.body));
    }
}

TEST_CASE("The redirect is byte for byte that of a real cluster") {
    fixture_cluster home;
    auto const ours = ask(home.url("/v1/ml/moss/tst-fx?provider=ais"), {.body = request_of("01_redirect_307.http")});
    check_same(ours, parsed(captured("01_redirect_307.http")));
    CHECK(std::to_string(ours.body.size()) == ours.field("Content-Length"));
}

TEST_CASE("Errors are byte for byte those of a real cluster") {
    fixture_cluster home;
    auto const s1 = request_of("21_err_bucket_404.http");
    check_same(home.batch("tst-nosuch", s1), parsed(captured("21_err_bucket_404.http")));
    check_same(home.batch("tst-fx", request_of("23_err_mime_400.http")), parsed(captured("23_err_mime_400.http")));

    auto const location = home.redirect_to(0, "tst-fx", s1);
    CHECK(ask(location, {.body = s1}).status == 200);
    check_same(ask(location, {.body = s1}), parsed(captured("24_err_reused_redirect_404.http")));

    auto const direct = location.substr(0, location.find("/v1")) + "/v1/ml/moss/tst-fx";
    check_same(ask(direct, {.body = s1}), parsed(captured("27_err_direct_401.http")));

    // Only the text differs: it is the JSON parser's.
    auto const bad = home.batch("tst-fx", R"({"in":[{"objname":"s1"}],"strm":tr)");
    CHECK(evened_head(bad) == evened_head(parsed(captured("22_err_json_400.http"))));
    CHECK(bad.body.find(R"("method":"GET","url_path":"/v1/ml/moss/tst-fx")") != std::string::npos);
}

TEST_CASE("If the two requests disagree about streaming, the metadata has no entries") {
    fixture_cluster home;
    auto const location = home.redirect_to(0, "tst-fx", R"({"in":[{"objname":"s1"},{"objname":"s511"}],"strm":true})");
    auto const ours = ask(location, {.body = R"({"in":[{"objname":"s1"}],"strm":false})"});
    check_same(ours, parsed(captured("28_multipart_out_EMPTY.http")));
}

TEST_CASE("The 257th request that waits at one target is refused like in a real cluster") {
    fixture_cluster home;
    auto const json = request_of("29_err_429.http");
    raw_answer refused;
    for (int i = 0; i < 256 * 3 + 1 && refused.status != 429; ++i)
        refused = ask(home.url("/v1/ml/moss/tst-fx?provider=ais"), {.body = json});
    check_same(refused, parsed(captured("29_err_429.http")));
}

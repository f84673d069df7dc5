#include <aisle/codec/base64.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/utf8.hpp>

#include <random>
#include <support/http_fixture.hpp>
#include <support/multipart_log.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string request_of(std::vector<get_batch_entry> const& entries, get_batch_options const& options = {}) {
    std::string out;
    write_request(out, entries, options);
    return out;
}

std::span<std::byte const> as_span(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(std::vector<std::byte> const& bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

get_batch_request read_back(std::string const& json) {
    INFO(json);
    auto request = read_request(json);
    REQUIRE(request.has_value());
    return *std::move(request);
}

// In a buffer of the text's exact size, so that AddressSanitizer detects reads beyond it.
template <class Read>
auto read_exact(std::string_view json, Read read) {
    std::string copy(json);
    copy.shrink_to_fit();
    return read(std::move(copy));
}

std::string metadata_of(std::string const& file) {
    auto const fixture = load_fixture(file);
    auto const boundary = multipart_boundary(fixture.content_type).value();
    return read_multipart(boundary, whole(fixture.body), "archive").parts.at(0).content;
}

void check_metadata_refused(std::string const& json, std::optional<std::uint64_t> entry = {}) {
    INFO(json);
    auto const metadata = read_exact(json, [](std::string s) { return read_metadata(std::move(s)); });
    REQUIRE(metadata.has_error());
    CHECK(metadata.error().code == errc::bad_metadata);
    CHECK(metadata.error().where == stage::metadata);
    CHECK_FALSE(metadata.error().text.empty());
    CHECK(metadata.error().entry == entry);
}

}  // namespace

TEST_CASE("a request has every option, and the non-empty fields of each entry") {
    CHECK(request_of({}) == R"({"in":[],"mime":".tar","coer":false,"onob":false,"strm":false})");
    CHECK(request_of({{.objname = "a"}, {.objname = "b", .bucket = "k", .provider = "ais"}},
                     {.continue_on_error = true, .only_object_name = true, .streaming = true}) ==
          R"({"in":[{"objname":"a"},{"objname":"b","bucket":"k","provider":"ais"}],)"
          R"("mime":".tar","coer":true,"onob":true,"strm":true})");
    CHECK(request_of({{.objname = "s.tar", .archpath = "x/y", .opaque = as_span("\xfb\xff"), .length = 4}}) ==
          R"({"in":[{"objname":"s.tar","archpath":"x/y","opaque":"+/8=","start":0,"length":4}],)"
          R"("mime":".tar","coer":false,"onob":false,"strm":false})");
    CHECK(request_of({{.objname = "o", .start = 9'000'000'000, .length = -1}})
              .find(R"("start":9000000000,"length":-1})") != std::string::npos);
}

TEST_CASE("write_request appends, so that a string can be reused for many requests") {
    std::string out = "HEAD ";
    write_request(out, {}, {});
    CHECK(out.starts_with("HEAD {\"in\":[]"));
}

TEST_CASE("entries in the same bucket are written like separate entries") {
    std::vector<get_batch_entry> const entries{{.objname = "a"},
                                               {.objname = "quoted \"b\""},
                                               {.objname = "", .archpath = "m"},
                                               {.objname = "a plain name of some length", .opaque = as_span("o")},
                                               {.objname = "\xc3\xbc", .start = 1, .length = 2}};
    get_batch_entry const places[] = {
        {}, {.bucket = "k", .provider = "ais"}, {.uname = "ais/@u#n/k/"}, {.bucket = "\"\\"}};
    std::string expected;
    std::string seen;
    std::vector<get_batch_entry> all;
    get_batch_request_writer writer(seen);
    for (auto const& place : places)
        for (auto e : entries) {
            bool const first = all.empty() || e.objname == "a";
            auto named = place;
            named.objname = e.objname;
            named.archpath = e.archpath;
            named.opaque = e.opaque;
            named.start = e.start;
            named.length = e.length;
            all.push_back(named);
            if (first)
                writer.add(named);
            else
                writer.add_beside(e);
        }
    writer.finish({});
    write_request(expected, all, {});
    CHECK(seen == expected);
}

TEST_CASE("each byte of a name is escaped if JSON requires it, at every position") {
    for (std::size_t size = 1; size < 20; ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (int byte = 0; byte < 0x80; ++byte) {
                std::string name(size, 'x');
                name[at] = static_cast<char>(byte);
                char escape[8] = {static_cast<char>(byte)};
                if (byte < 0x20) std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(byte));
                if (byte == '\n' || byte == '\r' || byte == '\t' || byte == '"' || byte == '\\') {
                    escape[0] = '\\';
                    escape[1] = byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte == '\t' ? 't' : static_cast<char>(byte);
                    escape[2] = '\0';
                }
                auto const expected = std::string(at, 'x') + escape + std::string(size - at - 1, 'x');
                auto const json = request_of({{.objname = name}});
                if (json.starts_with("{\"in\":[{\"objname\":\"" + expected + "\"}")) continue;
                INFO(json);
                FAIL("byte " << byte << " was not written as " << escape);
            }
}

TEST_CASE("names of random valid UTF-8 are read back from the request unchanged") {
    std::mt19937 random(5);
    std::string_view const alphabet[] = {"a",    "/",          "\"",     "\\", "\n",
                                         "\x01", "\x1f",       "\x7f",   "<",  "ü",
                                         "日",   "\U0001f389", "\u2028", " ",  "plain text of some length"};
    for (int round = 0; round < 3000; ++round) {
        std::string name;
        for (auto n = random() % 30; n > 0; --n) name += alphabet[random() % std::size(alphabet)];
        auto const request = read_back(request_of({{.objname = name, .bucket = name, .archpath = name}}));
        REQUIRE(request.in.at(0).objname == name);
        REQUIRE(request.in.at(0).bucket == name);
        REQUIRE(request.in.at(0).archpath == name);
    }
    CHECK(read_back(request_of({{.objname = std::string_view("a\0b", 3)}})).in[0].objname == std::string("a\0b", 3));
}

TEST_CASE("the JSON is valid for any bytes in a name") {
    CHECK(read_back(request_of({{.objname = "a\xff\xc3(\xed\xa0\x80z\xe6\x97"}})).in[0].objname ==
          "a\ufffd\ufffd(\ufffd\ufffd\ufffdz\ufffd\ufffd");
    std::mt19937 random(6);
    for (int round = 0; round < 3000; ++round) {
        std::string name(random() % 40, '\0');
        for (auto& c : name) c = static_cast<char>(random());
        auto const request = read_back(request_of({{.objname = name}}));
        REQUIRE(is_valid_utf8(request.in.at(0).objname));
        if (is_valid_utf8(name)) REQUIRE(request.in.at(0).objname == name);
    }
}

TEST_CASE("all fields of a request are read back") {
    auto const request = read_back(
        request_of({{.objname = "a",
                     .bucket = "b",
                     .provider = "gcp",
                     .archpath = "p",
                     .opaque = as_span("xyz"),
                     .start = 3,
                     .length = -1},
                    {.objname = "c"}},
                   {.mime = ".tgz", .continue_on_error = true, .only_object_name = false, .streaming = true}));
    REQUIRE(request.in.size() == 2);
    CHECK(request.in[0].provider == "gcp");
    CHECK(request.in[0].archpath == "p");
    CHECK(text_of(request.in[0].opaque) == "xyz");
    CHECK(request.in[0].start == 3);
    CHECK(request.in[0].length == -1);
    CHECK(request.in[1].objname == "c");
    CHECK(request.in[1].length == 0);
    CHECK(request.mime == ".tgz");
    CHECK(request.continue_on_error);
    CHECK_FALSE(request.only_object_name);
    CHECK(request.streaming);
}

// AIStore behaviour (Go's JSON).
TEST_CASE("a request is parsed as AIStore parses it") {
    auto const r = read_back(R"({"IN":[{"ObjName":"x","uname":"u","opaque":[1,255],"else":{"a":[1,2,{}]}}],"coloc":9,
                                 "mime":null,"strm":true,"unknown":[[],{}]})");
    REQUIRE(r.in.size() == 1);
    CHECK(r.in[0].objname == "x");
    CHECK(r.in[0].uname == "u");
    CHECK(text_of(r.in[0].opaque) == "\x01\xff");
    CHECK(r.mime.empty());
    CHECK(r.streaming);
    CHECK(read_back(R"({})").in.empty());
    CHECK(read_back(R"({"in":null})").in.empty());
    CHECK(read_back(R"({"in":[{"objname":"a"}],"in":[{"objname":"b"},{}]})").in.size() == 2);
}

TEST_CASE("an invalid request is rejected, with the index of the entry if the fault is in one") {
    auto const check = [](std::string const& json, std::optional<std::uint64_t> entry = {}) {
        INFO(json);
        auto const r = read_exact(json, [](std::string s) { return read_request(std::move(s)); });
        REQUIRE(r.has_error());
        CHECK(r.error().code == errc::bad_metadata);
        CHECK(r.error().where == stage::request);
        CHECK(r.error().entry == entry);
    };
    for (auto const* bad :
         {"", " ", "null", "[]", "1", "\"x\"", "{", "{\"in\":[", R"({"in":{}})", R"({"strm":1})", R"({"strm":"true"})",
          R"({"strm":tr)", R"({"mime":7})", "\xef\xbb\xbf{}", "{}{}", R"({"in":[],})", R"({"mime":"\ud800"})"})
        check(bad);
    check(R"({"in":[{"objname":"a"},null]})", 1);
    check(R"({"in":[{"objname":5}]})", 0);
    check(R"({"in":[{"objname":"a","start":1.0}]})", 0);
    check(R"({"in":[{"objname":"a","length":"1"}]})", 0);
    check(R"({"in":[{"objname":"a","opaque":"+/8"}]})", 0);
    check(R"({"in":[{"objname":"a","opaque":"-_8="}]})", 0);
    check(R"({"in":[{"objname":"a","opaque":[256]}]})", 0);
}

TEST_CASE("captured metadata is parsed, and is written back byte for byte") {
    auto const json = metadata_of("18_multipart_tar.http");
    auto const metadata = read_metadata(json).value();
    CHECK(metadata.uuid == "gbt-I0XD9QPumC");
    REQUIRE(metadata.out.size() == 8);
    CHECK(metadata.out[0].objname == "s1");
    CHECK(text_of(metadata.out[0].opaque) == std::string("\0\1\2", 3));
    CHECK(metadata.out[1].err_msg == "t[PxYt48082]: ais://tst-fx/nor1 does not exist");
    CHECK(metadata.out[2].provider == "ais");
    CHECK(metadata.out[5].archpath == "d/b.bin");
    CHECK(metadata.out[5].size == 256);
    CHECK(metadata.out[6].objname == "q\"<&>\\z");
    std::string again;
    write_metadata(again, metadata);
    CHECK(again == json);

    auto const empty = metadata_of("28_multipart_out_EMPTY.http");
    CHECK(read_metadata(empty).value().out.empty());
}

TEST_CASE("metadata with arbitrary content is read back") {
    get_batch_metadata metadata{.uuid = "\u2028<>&\t\r\n\x01\xff", .out = {}};
    metadata.out.push_back({"a\u2029", "b", "c", "d", "e\"", {std::byte{1}}, INT64_MAX});
    metadata.out.emplace_back();
    std::string json;
    write_metadata(json, metadata);
    CHECK(json.find(R"({"uuid":"\u2028\u003c\u003e\u0026\t\r\n\u0001\ufffd")") == 0);
    auto const back = read_metadata(json).value();
    CHECK(back.uuid == "\u2028<>&\t\r\n\x01\ufffd");
    REQUIRE(back.out.size() == 2);
    CHECK(back.out[0].objname == "a\u2029");
    CHECK(back.out[0].err_msg == "e\"");
    CHECK(back.out[0].opaque == metadata.out[0].opaque);
    CHECK(back.out[0].size == INT64_MAX);
    CHECK(read_metadata(R"({"uuid":"x","out":null})").value().out.empty());
}

TEST_CASE("hostile metadata is rejected") {
    for (auto const* bad :
         {"", "\n", "null", "[]", "{}", R"({"uuid":"x"})", R"({"out":{}})", R"({"out":"x"})", R"({"uuid":1,"out":[]})",
          R"({"out":[]} x)", R"({"out":[]}{"out":[]})", R"({"out":[],"uuid":"\u12"})", "{\"out\":[],\"uuid\":\"\xff\"}",
          R"({"out":nul})", R"({out:[]})"})
        check_metadata_refused(bad);
    check_metadata_refused(R"({"out":[{"size":0},3]})", 1);
    check_metadata_refused(R"({"out":[{"size":-1}]})", 0);
    check_metadata_refused(R"({"out":[{"size":9223372036854775808}]})", 0);
    check_metadata_refused(R"({"out":[{"size":1e3}]})", 0);
    check_metadata_refused(R"({"out":[{},{"objname":["x"]}]})", 1);
    check_metadata_refused(R"({"out":[{"opaque":"*"}]})", 0);
    check_metadata_refused("{\"out\":" + std::string(5000, '['));
    auto const deep = "{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + ",\"out\":[]}";
    (void)read_metadata(deep);  // either result is fine, as long as it does not crash
}

TEST_CASE("metadata has limits") {
    auto const many = read_metadata(R"({"out":[{},{},{}]})", 2);
    REQUIRE(many.has_error());
    CHECK(many.error().code == errc::limit_exceeded);
    CHECK(read_metadata(R"({"out":[{},{}]})", 2).has_value());
    auto const large = read_metadata("{\"out\":[]" + std::string(max_json_bytes, ' ') + "}");
    REQUIRE(large.has_error());
    CHECK(large.error().code == errc::limit_exceeded);
}

TEST_CASE("metadata truncated anywhere is rejected") {
    auto const json = metadata_of("18_multipart_tar.http");
    for (std::size_t size = 0; size + 1 < json.size(); ++size) {
        INFO(size);
        auto const cut = read_exact(std::string_view(json).substr(0, size),
                                    [](std::string s) { return read_metadata(std::move(s)); });
        if (cut.has_value()) FAIL("accepted");
        if (cut.error().code != errc::bad_metadata) FAIL(cut.error().message());
    }
}

TEST_CASE("no changed byte crashes the JSON parsers") {
    auto const json = metadata_of("18_multipart_tar.http");
    auto const request = request_of({{.objname = "a/ü", .bucket = "b", .opaque = as_span("xyz"), .length = 5}});
    for (auto const& sound : {json, request})
        for (std::size_t at = 0; at < sound.size(); ++at)
            for (char const c : {'"', '\\', '{', '}', '[', ']', ',', ':', '\0', '\xff', '0', '-', ' ', 'n'}) {
                std::string bytes = sound;
                bytes[at] = c;
                bytes.shrink_to_fit();
                (void)read_metadata(bytes);
                (void)read_request(bytes);
                (void)read_error(bytes);
            }
}

TEST_CASE("captured error bodies give AIStore's own message") {
    for (auto const* file :
         {"20_multipart_missing_404.http", "21_err_bucket_404.http", "22_err_json_400.http", "23_err_mime_400.http",
          "24_err_reused_redirect_404.http", "27_err_direct_401.http", "29_err_429.http"}) {
        INFO(file);
        auto const fixture = load_fixture(file);
        CHECK(fixture.content_type == "application/json");
        auto const said = read_error(fixture.body);
        REQUIRE(said.has_value());
        CHECK(said->status == fixture.status);
        CHECK(std::to_string(said->status) == fixture_row(file)[2]);
        CHECK_FALSE(said->node.empty());
        // "error JSON: `MESSAGE`"; the table truncates and escapes the message.
        auto cell = fixture_row(file)[4];
        cell = cell.substr(cell.find('`') + 1);
        cell.resize(cell.rfind('`'));
        auto const plain = cell.substr(0, cell.find("\\"));
        CHECK(said->message.substr(0, plain.size()) == plain);
    }
    CHECK(read_error(load_fixture("29_err_429.http").body)->tcode == "ErrTooManyRequests");
    CHECK(read_error(load_fixture("22_err_json_400.http").body)->tcode.empty());
}

TEST_CASE("error bodies are written as they are parsed, and anything else is rejected") {
    std::string body;
    write_error(body, {"ErrNotFound", "\"x\" does not exist", "t[abc]", 404});
    CHECK(body == R"({"tcode":"ErrNotFound","message":"\"x\" does not exist","node":"t[abc]","status":404})"
                  "\n");
    auto const back = read_error(body).value();
    CHECK(back.message == "\"x\" does not exist");
    CHECK(back.node == "t[abc]");
    for (auto const* bad : {"", "Method Not Allowed\n", "<html>", "{}", R"({"message":"x","status":"404"})",
                            R"({"message":"x","status":-1})", R"({"message":"x","status":4040})", R"(["message"])"}) {
        INFO(bad);
        auto const said = read_error(bad);
        REQUIRE(said.has_error());
        CHECK(said.error().where == stage::response);
    }
    auto const captured = load_fixture("20_multipart_missing_404.http").body;
    for (std::size_t size = 0; size + 1 < captured.size(); ++size)
        if (read_error(std::string_view(captured).substr(0, size)).has_value()) FAIL("accepted " << size);
}

#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/multipart/multipart_reader.hpp>
#include <aisle/codec/multipart/multipart_writer.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <support/http_fixture.hpp>
#include <support/multipart_log.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

log_function log_with(std::string boundary, std::string raw_tar = {}) {
    return [=](pieces const& input) { return read_multipart(boundary, input, raw_tar).log(); };
}

std::string log_of(std::string const& body, std::string const& boundary = "B") {
    return read_multipart(boundary, whole(body)).log();
}

void check_fails(std::string const& body, errc code) {
    INFO(body.substr(0, 200));
    auto const seen = read_multipart("B", whole(body));
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == code);
}

std::string const truncated = make_error_code(errc::truncated_multipart).message();

}  // namespace

TEST_CASE("parts, their header fields and their content are found, for every split") {
    std::string const body =
        "This is the preamble.\r\n--almost\r\n"
        "--B\r\nContent-Disposition: form-data;\r\n\tname=\"one\"\r\nCONTENT-TYPE:text/plain\r\n\r\n"
        "line\r\n--A\r\r\n--\r\n\r\n--notB\r\n"
        "\r\n--B \t \r\n\r\nno fields"
        "\r\n--B\r\nContent-Disposition: form-data; name=empty\r\n\r\n"
        "\r\n--B\r\nContent-Disposition: form-data; name=nothing\r\n\r\n"
        "--B\r\n\r\n--C\r\n-"
        "\r\n--B--\r\nThe epilogue\r\n--B\r\n";
    CHECK(grind_splits(body, log_with("B")) ==
          "part \"one\" type=\"text/plain\" [line\r\n--A\r\r\n--\r\n\r\n--notB\r\n] end\n"
          "part \"\" type=\"\" [no fields] end\n"
          "part \"empty\" type=\"\" [] end\n"
          "part \"nothing\" type=\"\" [] end\n"
          "part \"\" type=\"\" [--C\r\n-] end\n"
          "end\n");
}

TEST_CASE("a body that ends before its final boundary is truncated") {
    std::string const body = "--B\r\nA: b\r\n\r\ncontent\r\n--B--";
    grind_truncations(body, log_with("B"), truncated);
    CHECK(log_of(body) == "part \"\" type=\"\" [content] end\nend\n");
}

TEST_CASE("content that looks like a boundary is content") {
    for (std::string const content :
         {"\r", "\r\n", "\r\n-", "\r\n--", "\r\n--longboundar", "\r\r\n--longboundarx", "--longboundary",
          "\n--longboundary", "\r\n\r\n--longboundar\r\n--longboundar", "x--longboundary--\r"}) {
        INFO(content);
        auto const body = "--longboundary\r\n\r\n." + content + "\r\n--longboundary--\r\n";
        CHECK(grind_splits(body, log_with("longboundary")) == "part \"\" type=\"\" [." + content + "] end\nend\n");
    }
}

TEST_CASE("invalid framing is rejected") {
    check_fails("--B\r\nno colon\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\n: no name\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\n folded: first\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\nbad name: x\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\na: b\nc: d\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--Bx\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\r\n\r\n\r\n--B--", errc::bad_multipart);
    check_fails("--B\r\n\r\ncontent\r\n--B-x", errc::bad_multipart);
    check_fails("", errc::truncated_multipart);
    check_fails("<html>", errc::truncated_multipart);
}

TEST_CASE("preamble, header fields and epilogue have limits") {
    std::string const much(multipart_reader::max_head_bytes + 1, 'x');
    check_fails(much, errc::limit_exceeded);
    check_fails("--B\r\nA: " + much, errc::limit_exceeded);
    check_fails("--B\r\n\r\n\r\n--B--" + much, errc::limit_exceeded);
    CHECK(log_of("--B\r\n\r\n" + much + "\r\n--B--").ends_with("x] end\nend\n"));
}

TEST_CASE("a raw part is returned unchanged, and ends where the caller says") {
    std::string archive;
    REQUIRE(append_tar_header(archive, "a", 20));
    archive += "\r\n--B--\r\n--B\r\n\r\n....";  // would end a searched part
    append_tar_padding(archive, 20);
    append_tar_end(archive);
    std::string body;
    append_multipart_metadata(body, "B", "{}\n");
    append_multipart_archive(body, "B", "job");
    body += archive;
    append_multipart_end(body, "B");

    CHECK(grind_splits(body, log_with("B", "archive")) ==
          "part \"metadata\" type=\"\" [{}\n] end\n"
          "part \"archive\" type=\"application/octet-stream\" [" +
              archive + "] end\nend\n");
    grind_truncations(body.substr(0, body.size() - 2), log_with("B", "archive"), truncated);

    auto const end = body.size() - 9;
    auto junk = body;
    junk.insert(end, 1, '\0');
    auto const seen = read_multipart("B", whole(junk), "archive");
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == errc::trailing_archive_data);
    CHECK(seen.failure->offset == end);
}

TEST_CASE("zeros may precede the boundary after a raw part if the caller allows them") {
    std::string const head = "--B\r\n\r\n";
    auto const read = [&](std::string const& body, std::size_t step, std::size_t most) {
        multipart_reader reader("B");
        std::optional<error> failure;
        bool ended = false;
        auto const drain = [&] {
            for (;;) {
                auto const e = reader.next();
                if (e.kind == multipart_event_kind::part_begin) reader.read_raw();
                if (e.kind == multipart_event_kind::part_data) reader.body_ended(e.data.size() - 1, most);  // "A"
                if (e.kind == multipart_event_kind::error) failure = reader.failure();
                ended = ended || e.kind == multipart_event_kind::end;
                if (failure || ended || e.kind == multipart_event_kind::need_input) return;
            }
        };
        for (auto const& piece : cut_every(body, step)) {
            if (failure || ended) break;
            reader.feed(piece.bytes());
            drain();
        }
        if (ended) return std::string("end");
        return failure ? failure->code.message() + " at " + std::to_string(*failure->offset) : "open";
    };
    for (std::size_t const step : {1, 3, 1000}) {
        for (std::size_t const zeros : {0, 1, 512})
            CHECK(read(head + "A" + std::string(zeros, '\0') + "\r\n--B--", step, 512) == "end");
        auto const trails = make_error_code(errc::trailing_archive_data).message() + " at ";
        CHECK(read(head + "A" + std::string(513, '\0') + "\r\n--B--", step, 512) == trails + "520");
        CHECK(read(head + "A" + std::string(5, '\0') + "x\r\n--B--", step, 512) == trails + "13");
        CHECK(read(head + "A" + std::string(5, '\0') + "\r" + '\0' + "\n--B--", step, 512) == trails + "14");
    }
}

TEST_CASE("captured multipart responses decode to the table captured with them") {
    for (auto const* file : {"18_multipart_tar.http", "28_multipart_out_EMPTY.http"}) {
        INFO(file);
        auto const fixture = load_fixture(file);
        auto const boundary = multipart_boundary(fixture.content_type);
        REQUIRE(boundary.has_value());
        for (auto const* raw_tar : {"", "archive"}) {
            auto const seen = read_multipart(*boundary, whole(fixture.body), raw_tar);
            INFO(seen.log());
            REQUIRE(seen.ended);
            REQUIRE(seen.parts.size() == 2);
            CHECK(seen.parts[0].name == "metadata");
            CHECK(seen.parts[1].name == "archive");
            CHECK(seen.parts[1].content_type == "application/octet-stream");

            tar_reader tar;
            auto const members = read_archive(tar, whole(seen.parts[1].content)).members;
            auto const expected = expected_members(file);
            REQUIRE(members.size() == expected.size());
            for (std::size_t i = 0; i < members.size(); ++i) {
                CHECK(expected[i].matches(members[i].name));
                CHECK(members[i].size == expected[i].size);
                CHECK(hex8(members[i].crc) == expected[i].crc32);
            }
            auto const metadata = read_metadata(seen.parts[0].content);
            REQUIRE(metadata.has_value());
            CHECK(fixture_row(file)[4].starts_with("out=" + std::to_string(metadata->out.size()) + " "));
        }
    }
}

TEST_CASE("captured multipart responses give the same events for every split, and fail when truncated") {
    for (auto const* file : {"18_multipart_tar.http", "28_multipart_out_EMPTY.http"})
        for (auto const* raw_tar : {"", "archive"}) {
            INFO(file << " " << raw_tar);
            auto const fixture = load_fixture(file);
            auto const log = log_with(multipart_boundary(fixture.content_type).value(), raw_tar);
            grind_splits(fixture.body, log);
            grind_truncations(fixture.body.substr(0, fixture.body.size() - 2), log, truncated);
        }
}

TEST_CASE("a changed byte in the framing of a captured response is an error or only changes a name") {
    auto const fixture = load_fixture("28_multipart_out_EMPTY.http");
    auto const boundary = multipart_boundary(fixture.content_type).value();
    auto const framing = fixture.body.find("application/octet-stream") + 28;
    for (std::size_t at = 0; at < framing; ++at)
        for (int const change : {1, 0x20, 0x80, 0xff}) {
            auto bytes = fixture.body;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            auto const seen = read_multipart(boundary, whole(bytes), "archive");
            if (!seen.failure && seen.parts.size() == 2 && seen.ended) continue;
            if (!seen.failure && seen.parts.size() < 2) continue;  // the first boundary became preamble or content
            if (!seen.failure) FAIL("byte " << at << ": " << seen.log().substr(0, 300));
        }
}

TEST_CASE("the multipart writer reproduces a cluster's responses byte for byte") {
    for (auto const* file : {"18_multipart_tar.http", "28_multipart_out_EMPTY.http"}) {
        INFO(file);
        auto const fixture = load_fixture(file);
        auto const boundary = multipart_boundary(fixture.content_type).value();
        CHECK(multipart_content_type(boundary) == fixture.content_type);
        auto const seen = read_multipart(boundary, whole(fixture.body), "archive");
        auto const metadata = read_metadata(seen.parts.at(0).content).value();
        std::string json;
        write_metadata(json, metadata);
        std::string body;
        append_multipart_metadata(body, boundary, json);
        append_multipart_archive(body, boundary, metadata.uuid);
        body += seen.parts.at(1).content;
        append_multipart_end(body, boundary);
        CHECK((body == fixture.body));
    }
}

TEST_CASE("random boundaries are 60 hexadecimal digits, and differ from each other") {
    auto const boundary = random_multipart_boundary();
    CHECK(boundary.size() == 60);
    CHECK(boundary.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(boundary != random_multipart_boundary());
    CHECK(multipart_boundary(multipart_content_type(boundary)).value() == boundary);
}

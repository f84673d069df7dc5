#include <aisle/codec/archive_chain.hpp>

#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

TEST_CASE("the format is known by the Content-Type that arrived") {
    for (auto const* type : {"application/x-tar", "Application/X-TAR", " application/x-tar ; charset=binary"}) {
        auto const format = archive_format_of(type);
        REQUIRE(format.has_value());
        CHECK(*format == archive_format::tar);
    }
    CHECK(archive_format_of(content_type_of(archive_format::tar)).value() == archive_format::tar);
    CHECK(request_mime_of(archive_format::tar) == ".tar");
}

TEST_CASE("types this build does not read are refused by name") {
    for (std::string const type : {"application/zip", "application/gzip", "application/x-lz4", "text/html", "x", ""}) {
        auto const format = archive_format_of(type);
        REQUIRE(format.has_error());
        CHECK(format.error().code == errc::wrong_content_type);
        CHECK(format.error().where == stage::archive);
        CHECK(format.error().text.find(type) != std::string::npos);
        CHECK(format.error().text.find("application/x-tar") != std::string::npos);
    }
}

TEST_CASE("the chain reads what its reader reads") {
    auto const fixture = load_fixture("02_tar_sizes.http");
    archive_chain chain(archive_format_of(fixture.content_type).value());
    tar_reader reader;
    auto const input = cut_every(fixture.body, 1000);
    CHECK(read_archive(chain, input).log() == read_archive(reader, input).log());
    CHECK(chain.format() == archive_format::tar);

    archive_chain short_one(archive_format::tar);
    CHECK(read_archive(short_one, whole("")).failure->code == errc::truncated_archive);
}

// Zip archives captured from a real cluster, checked against the table captured with them.
#include <aisle/codec/multipart/multipart_reader.hpp>
#include <aisle/codec/zip/zip_reader.hpp>

#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string log_of(pieces const& input) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, input).log();
}

// The archive of a multipart response is the body of its second part.
std::string archive_of(std::string const& file) {
    auto const fixture = load_fixture(file);
    REQUIRE(fixture.status == 200);
    if (!is_multipart(fixture.content_type)) {
        REQUIRE(fixture.content_type == "application/zip");
        return fixture.body;
    }
    auto const begin = fixture.body.find("\r\n\r\nPK\3\4");
    auto const end = fixture.body.rfind("\r\n--" + multipart_boundary(fixture.content_type).value());
    REQUIRE(begin < end);
    return fixture.body.substr(begin + 4, end - begin - 4);
}

constexpr char const* archives[] = {
    "16_zip.http",
    "17_zip_CUT_validcrc.http",
    "19_multipart_zip.http",
    "26_mime_gzip_is_zip.http",
};

}  // namespace

TEST_CASE("captured zip archives decode to the table captured with them") {
    for (auto const* file : archives) {
        INFO(file);
        auto const expected = expected_members(file);
        // With sizes found by scanning, and with sizes known from elsewhere.
        for (bool const known : {false, true}) {
            expected_sizes sizes;
            if (known)
                for (auto const& m : expected) sizes.push_back(m.size);
            slab_pool pool(1 << 20);
            zip_reader reader(pool);
            auto const seen = read_archive(reader, whole(archive_of(file)), SIZE_MAX, sizes);
            CHECK(seen.ended);
            CHECK_FALSE(seen.failure);
            REQUIRE(seen.members.size() == expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i) {
                INFO(seen.members[i].name);
                CHECK(expected[i].matches(seen.members[i].name));
                CHECK(seen.members[i].size == expected[i].size);
                CHECK(hex8(seen.members[i].crc) == expected[i].crc32);
                CHECK(seen.members[i].type == entry_type::regular);
            }
            CHECK(pool.in_use_bytes() == 0);
        }
    }
}

TEST_CASE("captured zip archives give the same events for every split") {
    for (auto const* file : {"16_zip.http", "19_multipart_zip.http", "26_mime_gzip_is_zip.http"}) {
        INFO(file);
        grind_splits(archive_of(file), log_of);
    }
}

TEST_CASE("captured zip archives truncated anywhere are reported as truncated") {
    for (auto const* file : archives) {
        INFO(file);
        grind_truncations(archive_of(file), log_of, make_error_code(errc::truncated_archive).message());
    }
}

TEST_CASE("a changed byte in a captured zip archive is an error or has no effect") {
    for (auto const* file : {"16_zip.http", "19_multipart_zip.http"}) {
        INFO(file);
        auto const archive = archive_of(file);
        grind_corruptions(archive, 0, archive.size(), log_of);
    }
}

// Archives captured from a real cluster, checked against the table captured with them.
#include <aisle/codec/tar/tar_reader.hpp>

#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string log_of(pieces const& input) {
    tar_reader reader;
    return read_archive(reader, input).log();
}

seen_archive read_fixture(std::string const& file) {
    auto const fixture = load_fixture(file);
    REQUIRE(fixture.status == 200);
    REQUIRE(fixture.content_type == "application/x-tar");
    tar_reader reader;
    return read_archive(reader, whole(fixture.body));
}

void check_members(std::string const& file, seen_archive const& seen) {
    auto const expected = expected_members(file);
    REQUIRE(seen.members.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO(i << ": " << seen.members[i].name);
        CHECK(expected[i].matches(seen.members[i].name));
        CHECK(seen.members[i].size == expected[i].size);
        CHECK(hex8(seen.members[i].crc) == expected[i].crc32);
        CHECK(seen.members[i].type == entry_type::regular);
        CHECK(seen.members[i].whole);
    }
}

constexpr char const* sound_archives[] = {
    "02_tar_sizes.http",
    "03_tar_onob_2buckets.http",
    "04_tar_names.http",
    "05_tar_404_names.http",
    "06_tar_strict_remote_missing.http",
    "07_tar_strict_local_missing_SHORT.http",
    "08_tar_softerr_SHORT.http",
    "09_tar_oob_EMPTY.http",
    "10_tar_range_gfn_WHOLE.http",
    "11_tar_archpath_range.http",
    "25_tar_uname_EMPTYNAME.http",
};

}  // namespace

TEST_CASE("captured archives decode to the table captured with them") {
    for (auto const* file : sound_archives) {
        INFO(file);
        auto const seen = read_fixture(file);
        CHECK(seen.ended);
        CHECK_FALSE(seen.failure);
        CHECK(seen.unread_bytes == 0);
        check_members(file, seen);
    }
}

TEST_CASE("an archive that ends inside a member is truncated, even if its HTTP framing is complete") {
    auto const file = "12_tar_member_CUT.http";
    auto const seen = read_fixture(file);
    REQUIRE(seen.members.size() == 2);
    CHECK(expected_members(file)[0].matches(seen.members[0].name));
    CHECK(seen.members[0].whole);
    CHECK_FALSE(seen.members[1].whole);
    CHECK_FALSE(seen.ended);
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == errc::truncated_archive);
    CHECK(seen.failure->offset == load_fixture(file).body.size());
}

TEST_CASE("captured archives give the same events for every split") {
    for (auto const* file : sound_archives) {
        INFO(file);
        grind_splits(load_fixture(file).body, log_of);
    }
    grind_splits(load_fixture("12_tar_member_CUT.http").body, log_of);
}

TEST_CASE("captured archives truncated anywhere are reported as truncated") {
    for (auto const* file : sound_archives) {
        INFO(file);
        grind_truncations(load_fixture(file).body, log_of, make_error_code(errc::truncated_archive).message());
    }
}

TEST_CASE("a changed byte in a captured header is an error or has no effect") {
    for (auto const* file : {"04_tar_names.http", "11_tar_archpath_range.http", "25_tar_uname_EMPTYNAME.http"}) {
        INFO(file);
        auto const body = load_fixture(file).body;
        tar_reader reader;
        auto const seen = read_archive(reader, whole(body));
        for (auto const& m : seen.members) {
            auto const header = static_cast<std::size_t>(m.offset);
            grind_corruptions(body, header, header + tar_block_bytes, log_of);
        }
        grind_corruptions(body, body.size() - 2 * tar_block_bytes, body.size(), log_of);
    }
}

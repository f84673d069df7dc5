// The checks against the central directory.
#include <aisle/codec/zip/zip_reader.hpp>

#include <support/archive_log.hpp>
#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

seen_archive read(std::string const& archive) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, whole(archive));
}

void check_refused(std::string const& archive, errc code = errc::bad_archive) {
    auto const seen = read(archive);
    INFO(seen.log());
    REQUIRE(seen.failure);
    CHECK_FALSE(seen.ended);
    CHECK(seen.failure->code == code);
}

zip_member const first{.name = "first", .data = "payload of the first"};
zip_member const second{.name = "second", .data = "another", .deflate = true, .sizes = zip_sizes::in_descriptor};

zip_builder local_members() {
    zip_builder zip;
    zip.add_local(first).add_local(second);
    return zip;
}

std::string corrupted(std::string bytes, std::size_t at, std::string_view replacement) {
    return bytes.replace(at, replacement.size(), replacement);
}

}  // namespace

TEST_CASE("a central directory may list the members in any order") {
    auto zip = local_members();
    auto const second_at = zip.offset(1);
    CHECK(read(zip.add_central(second, second_at).add_central(first, 0).archive()).ended);
}

TEST_CASE("a central directory with missing or additional members is rejected") {
    auto const second_at = local_members().offset(1);
    check_refused(local_members().archive());
    check_refused(local_members().add_central(first, 0).archive());
    check_refused(local_members().add_central(second, second_at).archive());
    check_refused(local_members().add_central(first, 0).add_central(second, second_at).add_central(first, 0).archive());
    check_refused(local_members().add_central(first, 0).add_central(first, 0).archive());
    check_refused(local_members().add_central(first, 0).add_central(second, second_at + 1).archive());
    check_refused(local_members().add_central(first, 0).add_central(second, 0).archive());
    check_refused(zip_builder().add_central(first, 0).archive());
}

TEST_CASE("a central directory that describes a member differently is rejected") {
    auto const second_at = local_members().offset(1);
    auto const check_other = [&](zip_member const& m) {
        check_refused(local_members().add_central(m, 0).add_central(second, second_at).archive());
    };
    auto m = first;
    m.name = "firsT";
    check_other(m);
    m = first;
    m.name = "";
    check_other(m);
    m = first;
    m.crc = 0;
    check_other(m);
    m = first;
    m.size = 1;
    check_other(m);
    m = first;
    m.compressed_size = 1;
    check_other(m);
    m = first;
    m.method = 8;
    check_other(m);
}

TEST_CASE("overlapping members are rejected") {
    // As in a zip bomb: each member in the directory starts inside the previous one.
    auto const inner = zip_builder().add_local({.name = "inner", .data = std::string(500, 'x')});
    zip_member const outer{.name = "outer", .data = inner.local()};
    zip_builder zip;
    zip.add_local(outer).add_central(outer, 0);
    zip.add_central({.name = "inner", .data = std::string(500, 'x')}, 30 + 5);
    check_refused(zip.archive());
}

TEST_CASE("members must not follow the directory") {
    zip_builder const one = zip_builder().add(first);
    check_refused(one.local() + one.directory() + one.local() + one.end());
    check_refused(one.local() + one.end({.zip64 = true}).substr(0, 56) + one.directory() + one.end());
    check_refused(one.directory() + one.local() + one.end());
}

TEST_CASE("the end record must match the directory") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const archive = zip.archive();
    auto const end = archive.size() - zip_end_bytes;
    for (std::size_t const split : {4, 6, 8, 10})  // disk numbers, and entries on this disk
        check_refused(corrupted(archive, end + split, "\7"), errc::unsupported);
    check_refused(corrupted(archive, end + 8, std::string("\7\0\7\0", 4)));
    check_refused(corrupted(archive, end + 12, "\7"));
    check_refused(corrupted(archive, end + 16, "\7"));
    for (std::size_t const at : {8, 12, 16}) check_refused(corrupted(archive, end + at, "\xff\xff\xff\xff"));
}

TEST_CASE("the zip64 records must match the directory and each other") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const archive = zip.archive({.zip64 = true});
    REQUIRE(read(archive).ended);
    auto const end64 = archive.size() - zip_end_bytes - zip64_locator_bytes - zip64_end_bytes;
    auto const locator = end64 + zip64_end_bytes;
    auto const end = locator + zip64_locator_bytes;
    for (std::size_t const at : {4, 16, 20, 24, 32})
        check_refused(corrupted(archive, end64 + at, "\7"), errc::unsupported);
    for (std::size_t const at : {40, 48}) check_refused(corrupted(archive, end64 + at, "\7"));
    for (std::size_t const at : {4, 16}) check_refused(corrupted(archive, locator + at, "\7"), errc::unsupported);
    check_refused(corrupted(archive, locator + 8, "\7"));
    for (std::size_t const at : {12, 16}) check_refused(corrupted(archive, end + at, "\7"));
    check_refused(archive.substr(0, locator) + archive.substr(end));
    check_refused(archive.substr(0, end64) + archive.substr(locator));
    check_refused(archive.substr(0, locator) + archive.substr(end64));
    check_refused(archive.substr(0, end) + archive.substr(locator));
}

TEST_CASE("the end record may repeat the numbers of the zip64 record") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const wide_end = zip.end({.zip64 = true});
    CHECK(read(zip.local() + zip.directory() + wide_end.substr(0, zip64_end_bytes + zip64_locator_bytes) + zip.end())
              .ended);
}

TEST_CASE("65,535 members do not need zip64, and 65,536 do") {
    for (std::size_t const count : {65'535u, 65'536u}) {
        zip_builder zip;
        for (std::size_t i = 0; i < count; ++i) zip.add({.sizes = zip_sizes::in_descriptor});
        CHECK(read(zip.archive({.zip64 = true})).members.size() == count);
        CHECK(read(zip.archive()).ended == (count == 65'535));
    }
}

TEST_CASE("more members than the limit are rejected") {
    zip_directory directory;
    for (std::size_t i = 0; i < zip_directory::max_entries; ++i) {
        if (directory.full()) FAIL("full at " << i);
        directory.add(i, zip_stored, {}, "");
    }
    CHECK(directory.full());
}

// What the central directory must confirm.
#include <aisle/codec/zip_reader.hpp>

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
zip_member const second{.name = "second", .data = "another", .deflate = true, .told = zip_told::behind};

zip_builder local_members() {
    zip_builder zip;
    zip.add_local(first).add_local(second);
    return zip;
}

std::string spoilt(std::string bytes, std::size_t at, std::string_view replacement) {
    return bytes.replace(at, replacement.size(), replacement);
}

}  // namespace

TEST_CASE("a central directory may list the members in any order") {
    auto zip = local_members();
    auto const second_at = zip.offset(1);
    CHECK(read(zip.add_central(second, second_at).add_central(first, 0).archive()).ended);
}

TEST_CASE("a central directory that leaves out or adds members is refused") {
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

TEST_CASE("a central directory that tells of a member other than it was is refused") {
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

TEST_CASE("members that overlap are refused") {
    // As in an archive made to expand without end: each member of the directory begins inside the one before.
    auto const inner = zip_builder().add_local({.name = "inner", .data = std::string(500, 'x')});
    zip_member const outer{.name = "outer", .data = inner.local()};
    zip_builder zip;
    zip.add_local(outer).add_central(outer, 0);
    zip.add_central({.name = "inner", .data = std::string(500, 'x')}, 30 + 5);
    check_refused(zip.archive());
}

TEST_CASE("members and directory keep their order") {
    zip_builder const one = zip_builder().add(first);
    check_refused(one.local() + one.directory() + one.local() + one.end());
    check_refused(one.local() + one.end({.zip64 = true}).substr(0, 56) + one.directory() + one.end());
    check_refused(one.directory() + one.local() + one.end());
}

TEST_CASE("the end record must fit the directory") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const archive = zip.archive();
    auto const end = archive.size() - zip_end_bytes;
    for (std::size_t const split : {4, 6, 8, 10})  // disks, and members on this one
        check_refused(spoilt(archive, end + split, "\7"), errc::unsupported);
    check_refused(spoilt(archive, end + 8, std::string("\7\0\7\0", 4)));
    check_refused(spoilt(archive, end + 12, "\7"));
    check_refused(spoilt(archive, end + 16, "\7"));
    for (std::size_t const at : {8, 12, 16}) check_refused(spoilt(archive, end + at, "\xff\xff\xff\xff"));
}

TEST_CASE("the records of zip64 must fit the directory and each other") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const archive = zip.archive({.zip64 = true});
    REQUIRE(read(archive).ended);
    auto const end64 = archive.size() - zip_end_bytes - zip64_locator_bytes - zip64_end_bytes;
    auto const locator = end64 + zip64_end_bytes;
    auto const end = locator + zip64_locator_bytes;
    for (std::size_t const at : {4, 16, 20, 24, 32})
        check_refused(spoilt(archive, end64 + at, "\7"), errc::unsupported);
    for (std::size_t const at : {40, 48}) check_refused(spoilt(archive, end64 + at, "\7"));
    for (std::size_t const at : {4, 16}) check_refused(spoilt(archive, locator + at, "\7"), errc::unsupported);
    check_refused(spoilt(archive, locator + 8, "\7"));
    for (std::size_t const at : {12, 16}) check_refused(spoilt(archive, end + at, "\7"));
    check_refused(archive.substr(0, locator) + archive.substr(end));
    check_refused(archive.substr(0, end64) + archive.substr(locator));
    check_refused(archive.substr(0, locator) + archive.substr(end64));
    check_refused(archive.substr(0, end) + archive.substr(locator));
}

TEST_CASE("the end record may tell true numbers beside those of zip64") {
    zip_builder const zip = zip_builder().add(first).add(second);
    auto const wide_end = zip.end({.zip64 = true});
    CHECK(read(zip.local() + zip.directory() + wide_end.substr(0, zip64_end_bytes + zip64_locator_bytes) + zip.end())
              .ended);
}

TEST_CASE("65,535 members need no zip64, one more does") {
    for (std::size_t const count : {65'535u, 65'536u}) {
        zip_builder zip;
        for (std::size_t i = 0; i < count; ++i) zip.add({.told = zip_told::behind});
        CHECK(read(zip.archive({.zip64 = true})).members.size() == count);
        CHECK(read(zip.archive()).ended == (count == 65'535));
    }
}

TEST_CASE("more members than the directory is kept for are refused") {
    zip_directory directory;
    for (std::size_t i = 0; i < zip_directory::max_entries; ++i) {
        if (directory.full()) FAIL("full at " << i);
        directory.add(i, zip_stored, {}, "");
    }
    CHECK(directory.full());
}

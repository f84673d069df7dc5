#include <aisle/codec/zip/zip_reader.hpp>

#include <support/archive_log.hpp>
#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

seen_archive read(std::string const& archive, after_end follows = after_end::zero_padding) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool, follows);
    return read_archive(reader, whole(archive));
}

std::string log_of(pieces const& input) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, input).log();
}

void check_fails(std::string const& archive, errc code, std::uint64_t offset) {
    auto const seen = read(archive);
    INFO(seen.log());
    REQUIRE(seen.failure);
    INFO(seen.failure->message());
    CHECK(seen.failure->code == code);
    CHECK(seen.failure->offset == offset);
}

std::string line(std::string const& name, std::string const& data, std::uint64_t offset, int type = 0) {
    return "entry \"" + name + "\" size=" + std::to_string(data.size()) + " type=" + std::to_string(type) +
           " at=" + std::to_string(offset) + " read=" + std::to_string(data.size()) + " crc=" + hex8(crc_of(data)) +
           " end\n";
}

std::string const truncated = make_error_code(errc::truncated_archive).message();

// Members written in every possible way.
std::vector<zip_member> members_of_every_kind() {
    std::vector<zip_member> all = {{.name = "folder/"}, {.name = "deflated folder/", .method = 8}};
    for (bool const deflate : {false, true})
        for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor, zip_sizes::in_both})
            for (bool const wide : {false, true})
                for (std::string const data : {"", "payload PK\7\b P PK"})
                    all.push_back({.name = "m" + std::to_string(all.size()),
                                   .data = data,
                                   .deflate = deflate,
                                   .sizes = sizes,
                                   .wide = wide});
    all.push_back({.name = "", .data = "nameless"});
    all.push_back({.name = std::string("\xff\0\\..", 5), .data = "named oddly", .comment = "a comment"});
    for (bool const wide : {false, true})
        all.push_back({.name = "no signature",
                       .data = "xyz",
                       .deflate = true,
                       .sizes = zip_sizes::in_descriptor,
                       .wide = wide,
                       .with_signature = false});
    return all;
}

}  // namespace

TEST_CASE("a zip archive with every kind of member gives the same events for every split, and fails if truncated") {
    zip_builder zip;
    std::string expected;
    for (auto const& m : members_of_every_kind()) zip.add(m);
    std::size_t i = 0;
    for (auto const& m : members_of_every_kind())
        expected += line(m.name, m.data, zip.offset(i++), m.name.ends_with('/') ? 1 : 0);
    for (bool const zip64 : {false, true}) {
        auto const archive = zip.archive({.zip64 = zip64, .comment = "PK\5\6 is not the end here"});
        CHECK(grind_splits(archive, log_of) == expected + "end\n");
        grind_truncations(archive, log_of, truncated);
    }
}

TEST_CASE("an archive without members is just its end record") {
    for (bool const zip64 : {false, true}) {
        auto const archive = zip_builder().archive({.zip64 = zip64});
        CHECK(grind_splits(archive, log_of) == "end\n");
        grind_truncations(archive, log_of, truncated);
    }
    check_fails("", errc::truncated_archive, 0);
}

TEST_CASE("a member's size is known in advance if the local header declares it") {
    auto const first_entry = [](zip_member const& m) {
        slab_pool pool(1 << 20);
        zip_reader reader(pool);
        auto const archive = zip_builder().add(m).archive();
        reader.feed(std::as_bytes(std::span(archive)));
        REQUIRE(reader.next().kind == event_kind::entry_begin);
        return std::pair(reader.entry().size_known, reader.entry().size);
    };
    for (bool const deflate : {false, true}) {
        CHECK(first_entry({.data = "12345", .deflate = deflate}) == std::pair(true, std::uint64_t{5}));
        CHECK(first_entry({.data = "12345", .deflate = deflate, .wide = true}) == std::pair(true, std::uint64_t{5}));
        CHECK(first_entry({.data = "12345", .deflate = deflate, .sizes = zip_sizes::in_both}) ==
              std::pair(true, std::uint64_t{5}));
        CHECK(first_entry({.data = "12345", .deflate = deflate, .sizes = zip_sizes::in_descriptor}) ==
              std::pair(false, std::uint64_t{0}));
    }
}

TEST_CASE("a stored payload of known size ends with its last byte, without more input") {
    auto const zip = zip_builder().add({.data = "xyz"});
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    reader.feed(std::as_bytes(std::span(zip.local())));
    CHECK(reader.next().kind == event_kind::entry_begin);
    CHECK(reader.next().kind == event_kind::entry_data);
    CHECK(reader.next().kind == event_kind::entry_end);
    CHECK(reader.offset() == zip.local_bytes());
    CHECK(reader.next().kind == event_kind::need_input);
    CHECK(pool.in_use_bytes() == 0);
}

TEST_CASE("a member that does not match its header or descriptor is rejected before its end") {
    std::string const data = "some payload, some payload";
    auto const size = data.size();
    for (bool const deflate : {false, true})
        for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor, zip_sizes::in_both})
            for (bool const wide : {false, true}) {
                zip_member const good{.data = data, .deflate = deflate, .sizes = sizes, .wide = wide};
                REQUIRE(read(zip_builder().add(good).add({.name = "b"}).archive()).ended);
                auto const stream = deflate ? deflated(data).size() : size;
                std::vector<zip_member> bad(5, good);
                bad[0].crc = crc_of(data) ^ 0x8000;
                bad[1].size = size + 1;
                bad[2].size = size - 1;
                bad[3].compressed_size = stream + 1;
                bad[4].compressed_size = stream - 1;
                if (!deflate) {  // two different sizes are already an error; two more cases
                    bad.resize(7, good);
                    bad[5].size = bad[5].compressed_size = size + 1;
                    bad[6].size = bad[6].compressed_size = size - 1;
                }
                for (auto const& m : bad) {
                    auto const seen = read(zip_builder().add(m).add({.name = "b"}).archive());
                    INFO(seen.log() << " deflate " << deflate << " wide " << wide << " kind " << (&m - bad.data()));
                    REQUIRE(seen.failure);
                    CHECK(seen.members.size() <= 1);
                    // In a stored payload of unknown size, a wrong descriptor is payload, like all that follows.
                    bool const searched = !deflate && sizes == zip_sizes::in_descriptor;
                    CHECK(seen.failure->code == (searched ? errc::truncated_archive : errc::bad_archive));
                    if (!seen.members.empty()) CHECK_FALSE(seen.members[0].whole);
                }
            }
}

TEST_CASE("a payload whose size is known from elsewhere must end there") {
    auto const data = std::string("data PK\7\b") + std::string(16, '\0') + "PK\3\4 and more";
    for (bool const deflate : {false, true})
        for (bool const wide : {false, true}) {
            auto const zip =
                zip_builder().add({.data = data, .deflate = deflate, .sizes = zip_sizes::in_descriptor, .wide = wide});
            auto const log_with = [&](std::uint64_t size) {
                return [&, size](pieces const& input) {
                    slab_pool pool(1 << 20);
                    zip_reader reader(pool);
                    return read_archive(reader, input, SIZE_MAX, {size}).log();
                };
            };
            CHECK(grind_splits(zip.archive(), log_with(data.size())) == line("a", data, 0) + "end\n");
            grind_truncations(zip.archive(), log_with(data.size()), truncated);
            for (std::size_t const wrong : {std::size_t{0}, data.size() - 1, data.size() + 1})
                CHECK(log_with(wrong)(whole(zip.archive()))
                          .find("error " + make_error_code(errc::bad_archive).message()) != std::string::npos);
        }
}

TEST_CASE("unsupported zip features are rejected") {
    for (unsigned const bit : {0u, 5u, 6u, 13u})
        check_fails(zip_builder().add({.flags = static_cast<std::uint16_t>(1u << bit)}).archive(), errc::unsupported,
                    0);
    for (unsigned const method : {1u, 6u, 9u, 12u, 14u, 93u, 95u, 99u})
        check_fails(zip_builder().add({}).add({.method = static_cast<std::uint16_t>(method)}).archive(),
                    errc::unsupported, 31);
    auto const one = zip_builder().add({}).archive();
    check_fails("PK\7\b" + one, errc::unsupported, 0);
    check_fails("PK00" + one, errc::unsupported, 0);
    check_fails(zip_builder().add({}).add_bytes("PK\6\b").archive(), errc::unsupported, 31);
    check_fails(zip_builder().add({}).archive().substr(0, 31 + 47) + "PK\5\5", errc::unsupported, 31 + 47);
}

TEST_CASE("bytes that are not a zip archive are rejected at the first wrong byte") {
    auto const one = zip_builder().add({.data = "x"}).archive();
    check_fails("#!/bin/sh\n" + one, errc::bad_archive, 0);
    check_fails("<html>404</html>", errc::bad_archive, 0);
    check_fails(std::string(1, '\0') + one, errc::bad_archive, 0);
    check_fails(zip_builder().add({.data = "x"}).add_bytes("gap!").add({}).archive(), errc::bad_archive, 32);
    check_fails(one.substr(0, 28) + little_endian(9, 2) + one.substr(30), errc::bad_archive, 40);
}

TEST_CASE("bytes after a zip archive are an error or left unread, as requested") {
    auto const archive = zip_builder().add({.data = "x"}).archive({.comment = "bye"});
    check_fails(archive + std::string(1, '\0'), errc::trailing_archive_data, archive.size());
    check_fails(archive + archive, errc::trailing_archive_data, archive.size());
    auto const foreign = archive + "\r\n--boundary";
    slab_pool pool(1 << 20);
    zip_reader reader(pool, after_end::foreign);
    reader.feed(std::as_bytes(std::span(foreign)));
    while (reader.next().kind != event_kind::end) {
    }
    CHECK(reader.offset() == archive.size());
    CHECK(reader.unread().size() == 12);
    CHECK(reader.next().kind == event_kind::end);
    CHECK(reader.unread().size() == 12);
}

TEST_CASE("names and comments of maximum length are read") {
    std::string const name(0xffff, 'n');
    auto const zip =
        zip_builder().add({.name = name,
                           .data = "x",
                           .extra = little_endian(9, 2) + little_endian(0xffff - 4, 2) + std::string(0xffff - 4, 'e'),
                           .comment = std::string(0xffff, 'c')});
    auto const archive = zip.archive({.comment = std::string(0xffff, 'c')});
    auto const expected = line(name, "x", 0) + "end\n";
    CHECK(log_of(whole(archive)) == expected);
    for (std::size_t const step : {997, 65536}) CHECK(log_of(cut_every(archive, step)) == expected);
}

TEST_CASE("padding after the extra fields, which some tools write, is skipped") {
    for (std::size_t const padding : {1, 3, 4, 7})
        CHECK(read(zip_builder().add({.data = "x", .extra = std::string(padding, '\0')}).archive()).ended);
}

#include <aisle/codec/tar/tar_reader.hpp>

#include <chrono>
#include <support/archive_log.hpp>
#include <support/tar_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

seen_archive read(std::string const& archive, after_end follows = after_end::zero_padding) {
    tar_reader reader(follows);
    return read_archive(reader, whole(archive));
}

std::string log_of(pieces const& input) {
    tar_reader reader;
    return read_archive(reader, input).log();
}

void check_fails(std::string const& archive, errc code, std::uint64_t offset) {
    auto const seen = read(archive);
    INFO(seen.log());
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == code);
    CHECK(seen.failure->offset == offset);
}

std::string sample_member(std::string const& name, std::string const& data) {
    return tar_member({.name = name}, data);
}

}  // namespace

TEST_CASE("an archive of every kind of header gives one log, whatever the split") {
    auto const archive =
        sample_member("first", "payload") + pax_header(pax_record("comment", "for all"), 'g') +
        pax_header(pax_record("path", "a/pax/näme") + pax_record("size", "600")) +
        tar_block_builder{.name = "stand-in"}.bytes() + padded(std::string(600, 'p')) +
        tar_member({.name = "././@LongLink", .type = 'K', .magic = "ustar  "}, "target" + std::string(1, '\0')) +
        tar_member({.name = "././@LongLink", .type = 'L', .magic = "ustar  "},
                   std::string(300, 'n') + std::string(1, '\0')) +
        tar_block_builder{.name = std::string(100, 'n'), .type = '2', .magic = "ustar  "}.bytes() +
        tar_block_builder{.name = "dir/", .type = '5'}.bytes() + sample_member("empty", "") +
        sample_member("block", std::string(512, 'b')) + tar_end() + std::string(100, '\0');
    auto const log = grind_splits(archive, log_of);
    auto const crc_of = [](std::string const& text) { return hex8(crc32(std::as_bytes(std::span(text)))); };
    CHECK(log == "entry \"first\" size=7 type=0 at=0 read=7 crc=" + crc_of("payload") +
                     " end\n"
                     "entry \"a/pax/näme\" size=600 type=0 at=2048 read=600 crc=" +
                     crc_of(std::string(600, 'p')) +
                     " end\n"
                     "entry \"" +
                     std::string(300, 'n') +
                     "\" size=0 type=2 at=4608 read=0 crc=00000000 end\n"
                     "entry \"dir/\" size=0 type=1 at=7168 read=0 crc=00000000 end\n"
                     "entry \"empty\" size=0 type=0 at=7680 read=0 crc=00000000 end\n"
                     "entry \"block\" size=512 type=0 at=8192 read=512 crc=" +
                     crc_of(std::string(512, 'b')) +
                     " end\n"
                     "end\n");
    grind_truncations(archive.substr(0, archive.size() - 100), log_of,
                      make_error_code(errc::truncated_archive).message());
}

TEST_CASE("entry_end comes with the last payload byte, not with the padding") {
    auto const archive = sample_member("a", "xyz");
    tar_reader reader;
    reader.feed(std::as_bytes(std::span(archive)).first(512 + 3));
    CHECK(reader.next().kind == event_kind::entry_begin);
    CHECK(reader.next().kind == event_kind::entry_data);
    CHECK(reader.next().kind == event_kind::entry_end);
    CHECK(reader.offset() == 515);
    CHECK(reader.next().kind == event_kind::need_input);
}

TEST_CASE("the names of ustar are joined, and other bytes left as they are") {
    auto const seen = read(tar_block_builder{.name = "b c", .prefix = "a/x y"}.bytes() +
                           tar_block_builder{.name = "\xff\xfe\n"}.bytes() + tar_end());
    REQUIRE(seen.members.size() == 2);
    CHECK(seen.members[0].name == "a/x y/b c");
    CHECK(seen.members[1].name == "\xff\xfe\n");
}

TEST_CASE("PAX records go before the header, a member's own before global ones") {
    auto const member = tar_block_builder{.name = "header", .size = "00000000003"}.bytes() + padded("abc");
    auto const names = [&](std::string const& before) {
        auto const seen = read(before + member + member + tar_end());
        INFO(seen.log());
        REQUIRE(seen.ended);
        REQUIRE(seen.members.size() == 2);
        return seen.members[0].name + "," + seen.members[1].name;
    };
    auto const global = pax_header(pax_record("path", "global"), 'g');
    CHECK(names(pax_header(pax_record("path", "own"))) == "own,header");
    CHECK(names(global) == "global,global");
    CHECK(names(global + pax_header(pax_record("path", "own"))) == "own,global");
    CHECK(names(global + pax_header(pax_record("path", ""))) == "header,global");
    CHECK(names(global + pax_header(pax_record("path", ""), 'g')) == "header,header");
    CHECK(names(pax_header(pax_record("path", "one")) + pax_header(pax_record("path", "two"))) == "two,header");
    CHECK(names(tar_member({.type = 'L'}, "long") + pax_header(pax_record("path", "own"))) == "long,header");
    CHECK(names(pax_header(pax_record("path", std::string(9000, 'p')))) == std::string(9000, 'p') + ",header");
}

TEST_CASE("a PAX size goes before the header's, which is 0 where it did not fit") {
    auto const seen = read(pax_header(pax_record("size", "1000")) + tar_block_builder{}.bytes() +
                           padded(std::string(1000, 'x')) + sample_member("next", "y") + tar_end());
    REQUIRE(seen.members.size() == 2);
    CHECK(seen.members[0].size == 1000);
    CHECK(seen.members[1].name == "next");
    auto const deleted = read(pax_header(pax_record("size", "1000"), 'g') + pax_header(pax_record("size", "")) +
                              sample_member("a", "x") + tar_end());
    REQUIRE(deleted.ended);
    CHECK(deleted.members[0].size == 1);
}

TEST_CASE("links, directories and devices have no payload, whatever size they state") {
    for (char const type : {'1', '2', '3', '4', '5', '6'}) {
        auto const seen = read(tar_block_builder{.size = "00000001000", .type = type}.bytes() + tar_end());
        INFO(type);
        REQUIRE(seen.ended);
        CHECK(seen.members[0].size == 0);
    }
}

TEST_CASE("the type of a member is told") {
    auto const type_of = [](tar_block_builder const& b) { return read(b.bytes() + tar_end()).members.at(0).type; };
    CHECK(type_of({.type = '0'}) == entry_type::regular);
    CHECK(type_of({.type = '\0'}) == entry_type::regular);
    CHECK(type_of({.type = '7'}) == entry_type::regular);
    CHECK(type_of({.type = '1'}) == entry_type::link);
    CHECK(type_of({.type = '2'}) == entry_type::link);
    CHECK(type_of({.type = '5'}) == entry_type::directory);
    CHECK(type_of({.name = "dir/", .type = '\0'}) == entry_type::directory);
    CHECK(type_of({.type = '6'}) == entry_type::other);
    CHECK(type_of({.type = 'V'}) == entry_type::other);
}

TEST_CASE("sizes over 8 GiB are read to their last byte") {
    constexpr std::uint64_t size = 9'000'000'001;
    std::string const block(1 << 20, 'z');
    std::string base256("\x80\0\0\0\0\0\0\0\0\0\0\0", 12);
    for (int i = 0; i < 8; ++i) base256[static_cast<std::size_t>(11 - i)] = static_cast<char>(size >> (8 * i));
    auto const gnu = tar_block_builder{.size = base256, .magic = "ustar  "}.bytes();
    auto const pax = pax_header(pax_record("size", std::to_string(size))) + tar_block_builder{}.bytes();
    for (auto const& head : {gnu, pax}) {
        tar_reader reader;
        reader.feed(std::as_bytes(std::span(head)));
        REQUIRE(reader.next().kind == event_kind::entry_begin);
        REQUIRE(reader.entry().size == size);
        std::uint64_t left = size;
        while (left != 0) {
            REQUIRE(reader.next().kind == event_kind::need_input);
            auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
            reader.feed(std::as_bytes(std::span(block)).first(n));
            REQUIRE(reader.next().data.size() == n);
            left -= n;
        }
        REQUIRE(reader.next().kind == event_kind::entry_end);
        auto const tail = std::string(tar_padding(size), '\0') + tar_end();
        REQUIRE(reader.next().kind == event_kind::need_input);
        reader.feed(std::as_bytes(std::span(tail)));
        CHECK(reader.next().kind == event_kind::end);
        CHECK(reader.offset() == head.size() + size + tail.size());
    }
}

TEST_CASE("after the end mark a stream may go on with zeros only, up to the limit") {
    auto const archive = sample_member("a", "x") + tar_end();
    CHECK(read(archive + std::string(10'240 - archive.size(), '\0')).log() == read(archive).log());
    CHECK_FALSE(read(archive + std::string(tar_reader::max_trailing_bytes, '\0')).failure);
    check_fails(archive + std::string(tar_reader::max_trailing_bytes + 1, '\0'), errc::trailing_archive_data,
                archive.size() + tar_reader::max_trailing_bytes);
    check_fails(archive + "x", errc::trailing_archive_data, archive.size());
    check_fails(archive + std::string(700, '\0') + archive, errc::trailing_archive_data, archive.size() + 700);
}

TEST_CASE("bytes that are not the archive's are left unread") {
    auto const archive = sample_member("a", "x") + tar_end();
    for (auto const follows : {after_end::foreign, after_end::zero_padding}) {
        auto const whole_thing = archive + "\r\n--boundary";
        tar_reader reader(follows);
        reader.feed(std::as_bytes(std::span(whole_thing)));
        while (reader.next().kind != event_kind::end) {
        }
        CHECK(reader.offset() == archive.size());
        CHECK(reader.unread().size() == 12);
        CHECK(reader.unread().data() + 12 == std::as_bytes(std::span(whole_thing)).data() + whole_thing.size());
        CHECK(reader.next().kind == (follows == after_end::foreign ? event_kind::end : event_kind::error));
    }
}

TEST_CASE("damaged archives are told with code and place") {
    auto const member = sample_member("a", "xyz");
    auto broken = member + member;
    broken[1024 + 7] = 'X';
    check_fails(broken + tar_end(), errc::bad_archive, 1024);
    check_fails(member + tar_block_builder{.size = "12x"}.bytes(), errc::bad_archive, 1024);
    check_fails(member + std::string(512, '\0') + member + tar_end(), errc::bad_archive, 1536);
    check_fails(pax_header("nonsense") + member, errc::bad_archive, 0);
    check_fails(member + pax_header(pax_record("path", "x")) + tar_end(), errc::bad_archive, 2048);
    check_fails("", errc::truncated_archive, 0);
    check_fails(member + std::string(512, '\0'), errc::truncated_archive, 1536);
    check_fails("<html>404</html>", errc::truncated_archive, 16);
    check_fails(std::string(1024, '<'), errc::bad_archive, 0);
}

TEST_CASE("what this reader cannot do is refused") {
    check_fails(tar_block_builder{.type = 'S'}.bytes() + tar_end(), errc::unsupported, 0);
    check_fails(tar_block_builder{.type = 'M'}.bytes() + tar_end(), errc::unsupported, 0);
    check_fails(pax_header(pax_record("GNU.sparse.major", "1")) + sample_member("a", "x"), errc::unsupported, 0);
}

TEST_CASE("headers over the limits are refused before they are read") {
    check_fails(tar_block_builder{.size = octal11(1024 * 1024 + 1), .type = 'x'}.bytes(), errc::limit_exceeded, 0);
    check_fails(tar_block_builder{.size = octal11(077777777777), .type = 'L'}.bytes(), errc::limit_exceeded, 0);
    check_fails(tar_member({.type = 'L'}, std::string(64 * 1024 + 1, 'n')), errc::limit_exceeded, 0);
    check_fails(pax_header(pax_record("path", std::string(64 * 1024 + 1, 'n'))), errc::limit_exceeded, 0);
    auto const longest =
        read(pax_header(pax_record("path", std::string(64 * 1024, 'n'))) + sample_member("a", "x") + tar_end());
    REQUIRE(longest.ended);
    CHECK(longest.members[0].name.size() == 64 * 1024);
}

TEST_CASE("any change of a byte in an extended header's data is survived") {
    auto const archive =
        pax_header(pax_record("path", "a/b/c") + pax_record("size", "5")) + sample_member("a", "xyzzy") + tar_end();
    for (std::size_t at = 512; at < 1024; ++at)
        for (int change = 1; change < 256; ++change) {
            auto bytes = archive;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            auto const seen = read(bytes);
            if (seen.ended == seen.failure.has_value()) FAIL("neither end nor error: byte " << at);
        }
}

// Not run by default: test_codec '[.timing]'. One slab's worth of 1 KiB samples, parsed again and again.
TEST_CASE("how long a plain member takes", "[.timing]") {
    std::string archive;
    for (int i = 0; i < 160; ++i)
        archive += sample_member("bucket/object-" + std::to_string(i), std::string(1024, 'x'));
    archive += tar_end();
    double best = 1e9;
    for (int round = 0; round < 2000; ++round) {
        auto const start = std::chrono::steady_clock::now();
        tar_reader reader;
        reader.feed(std::as_bytes(std::span(archive)));
        int members = 0;
        for (event e = reader.next(); e.kind != event_kind::end; e = reader.next())
            members += e.kind == event_kind::entry_end;
        std::chrono::duration<double, std::nano> const spent = std::chrono::steady_clock::now() - start;
        best = std::min(best, spent.count() / members);
    }
    WARN(best << " ns a member");
}

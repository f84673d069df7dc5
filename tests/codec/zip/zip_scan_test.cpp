// Finding the end of stored payloads whose size follows them, as AIStore sends every member.
#include <aisle/codec/zip/zip_reader.hpp>
#include <aisle/codec/zip/zip_scan.hpp>

#include <ctime>
#include <random>
#include <support/archive_log.hpp>
#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string log_of(pieces const& input) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, input).log();
}

zip_member behind(std::string data, bool wide = false) {
    return {.data = std::move(data), .sizes = zip_sizes::in_descriptor, .wide = wide};
}

std::string expected_log(std::vector<zip_member> const& members, zip_builder const& zip) {
    std::string out;
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto const& m = members[i];
        out += "entry \"" + m.name + "\" size=" + std::to_string(m.data.size()) +
               " type=0 at=" + std::to_string(zip.offset(i)) + " read=" + std::to_string(m.data.size()) +
               " crc=" + hex8(crc_of(m.data)) + " end\n";
    }
    return out + "end\n";
}

void check_reads(std::vector<zip_member> const& members) {
    zip_builder zip;
    for (auto const& m : members) zip.add(m);
    CHECK(grind_splits(zip.archive(), log_of) == expected_log(members, zip));
}

std::string descriptor_of(std::string const& data, std::size_t size, std::size_t width = 4) {
    return "PK\7\b" + little_endian(crc_of(data), 4) + little_endian(size, width) + little_endian(size, width);
}

// Of this thread, so that other processes do not matter.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

TEST_CASE("a member that is itself a zip archive with descriptors is read to its own end") {
    zip_builder inner;
    for (auto const* data : {"", "x", "some more data"}) inner.add(behind(data)).add(behind(data, true));
    auto const once = inner.archive();
    auto const twice = zip_builder().add(behind(once)).add({.data = once}).archive();
    check_reads({behind(once), behind(twice), behind(once + once, true)});
}

TEST_CASE("payloads full of signatures and near-descriptors are read to their end") {
    std::string all;
    for (int i = 0; i < 40; ++i) all += "PK\7\b";
    check_reads({behind(all)});
    check_reads({behind(std::string(150, 'P')), behind("PKPKPK\7PK\7PPK\7\7\b"), behind("\b"), behind("\7\b")});
    check_reads({behind("PK\7"), behind("PK"), behind("P"), behind("PK\7\b"), behind("PK\7\bPK\3\4"), behind("")});
    for (std::size_t n = 1; n < 30; ++n) check_reads({behind((all + std::string(40, '\0')).substr(4 * 40 - n % 4, n))});
}

TEST_CASE("bytes that miss one condition of a descriptor are payload") {
    std::string const data = "payload";
    auto const good = descriptor_of(data, data.size());
    auto const wide = descriptor_of(data, data.size(), 8);
    for (std::string const& fake :
         {good,                                                 // no header follows
          good + good,                                          // likewise
          wide,                                                 // likewise
          good + "PK\5\6", good + "PK\1\3",                     // not a header that can follow
          descriptor_of("other", data.size()) + "PK\3\4",       // wrong CRC
          descriptor_of(data, data.size() + 1) + "PK\1\2",      // wrong size
          good.substr(0, 12) + little_endian(1, 4) + "PK\3\4",  // the two sizes differ
          good.substr(0, 8) + little_endian(1, 4) + good.substr(12) + "PK\3\4", wide.substr(0, 23) + "\1PK\3\4"}) {
        check_reads({behind(data + fake), behind(data + fake, true)});
        check_reads({behind(data + fake + "more")});
    }
}

TEST_CASE("random payloads made of pieces of descriptors, split at random, are read to their end") {
    std::mt19937 random(4);
    static std::string const parts[] = {"P", "K", "\7", "\b", "PK\7\b", "PK\3\4", "PK\1\2", std::string(4, '\0'), "\1"};
    for (int round = 0; round < 2000; ++round) {
        zip_builder zip;
        std::vector<zip_member> members;
        for (auto n = random() % 4; n > 0; --n) {
            std::string data;
            for (auto left = random() % 12; left > 0; --left) {
                auto const kind = random() % (std::size(parts) + 1);
                data +=
                    kind < std::size(parts) ? parts[kind] : descriptor_of(data, data.size(), 4 + 4 * (random() % 2));
            }
            members.push_back(behind(data, random() % 2 != 0));
            zip.add(members.back());
        }
        auto const archive = zip.archive();
        pieces input;
        for (std::size_t at = 0, n = 0; at < archive.size(); at += n) {
            n = 1 + random() % 40;
            input.emplace_back(std::string_view(archive).substr(at, n));
        }
        // By chance a payload may have a descriptor of the bytes before it, and then a header: that is a forgery.
        auto const log = log_of(input);
        if (log == expected_log(members, zip)) continue;
        INFO(log << expected_log(members, zip));
        REQUIRE(ends_in_error(log));
        REQUIRE(log == log_of(whole(archive)));
    }
}

TEST_CASE("empty payloads end at descriptors of either form, without confusing them") {
    check_reads({behind("", false), behind("", true), behind("", false)});
    check_reads({behind(std::string(8, '\0')), behind(std::string(24, '\0'), true)});
}

TEST_CASE("bytes that may be a descriptor are handed out at once, and taken back if they are one") {
    auto const zip = zip_builder().add(behind("abc")).add(behind("d"));
    auto const archive = std::as_bytes(std::span(zip.local()));
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    reader.feed(archive.first(31 + 3 + 17));  // a header, the payload, its descriptor, and one byte of the next header
    REQUIRE(reader.next().kind == event_kind::entry_begin);
    auto const data = reader.next();
    CHECK(data.kind == event_kind::entry_data);
    CHECK(data.data.size() == 3 + 17);
    CHECK(data.data.data() == archive.data() + 31);
    CHECK(reader.next().kind == event_kind::need_input);
    CHECK(reader.entry_remaining() == zip_reader::guessed_remaining);
    reader.feed(archive.subspan(31 + 3 + 17));
    auto const end = reader.next();
    CHECK(end.kind == event_kind::entry_end);
    CHECK(end.take_back == 17);
    CHECK(end.in == nullptr);
    CHECK(reader.entry().size == 3);
    CHECK(reader.entry().size_known);
    CHECK(reader.next().kind == event_kind::entry_begin);
    CHECK(reader.entry().offset == 31 + 3 + 16);
}

TEST_CASE("if a payload's end is in the input, no byte after it is handed out") {
    auto const zip = zip_builder().add(behind("abc PK\7\b")).add(behind("d"));
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    reader.feed(std::as_bytes(std::span(zip.local())));
    REQUIRE(reader.next().kind == event_kind::entry_begin);
    CHECK(reader.next().data.size() == 8);
    CHECK(reader.next().take_back == 0);
    CHECK(reader.next().kind == event_kind::entry_begin);
}

TEST_CASE("a forged descriptor ends a payload early, and the archive is then rejected") {
    std::string const data = "payload";
    auto const forged_end = descriptor_of(data, data.size());
    auto const fails_with = [](std::string const& forged, errc code) {
        zip_builder zip;
        zip.add(behind(forged)).add(behind("next"));
        auto const log = grind_splits(zip.archive(), log_of);
        INFO(log);
        CHECK(log.find("size=7") != std::string::npos);
        CHECK(log.find("error " + make_error_code(code).message()) != std::string::npos);
    };
    // Followed by the start of a member header, but not a valid one.
    fails_with(data + forged_end + "PK\3\4" + std::string(22, '\xff') + std::string(4, '\0'), errc::unsupported);
    // Followed by a member, so that the archive continues well until the true descriptor.
    fails_with(data + forged_end + zip_builder().add_local({.name = "forged"}).local(), errc::bad_archive);
    // Followed by a directory and an end record.
    fails_with(zip_builder().add(behind(data)).archive().substr(31), errc::trailing_archive_data);
    // Followed by a directory only, so that the true directory comes too late.
    zip_builder inner;
    inner.add(behind(data));
    fails_with(inner.local().substr(31) + inner.directory(), errc::bad_archive);
}

TEST_CASE("sizes of 4 GiB and more are found in descriptors with 8-byte sizes") {
    constexpr std::uint64_t size = (std::uint64_t{1} << 32) + 12'345;
    std::string const block(1 << 20, 'z');
    auto const bytes = std::as_bytes(std::span(block));
    zip_scan scan;
    scan.begin();
    for (std::uint64_t left = size; left != 0;) {
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
        auto const step = scan.scan(bytes.first(n));
        if (step.data != n || step.ended) FAIL("payload was not recognised as payload");
        left -= n;
    }
    // The 4-byte form has only the low half of the size, so it does not match.
    auto const crc = scan.measured().crc;
    auto const sized = [&](std::size_t width) {
        return "PK\7\b" + little_endian(crc, 4) + little_endian(size, width) + little_endian(size, width) + "PK\1\2";
    };
    auto const narrow = sized(4);
    auto const wide = sized(8);
    auto copy = scan;
    CHECK_FALSE(copy.scan(std::as_bytes(std::span(narrow))).ended);
    auto const end = scan.scan(std::as_bytes(std::span(wide)));
    CHECK(end.ended);
    CHECK(end.skip == 24);
    CHECK(scan.measured().size == size);
}

TEST_CASE("a payload full of descriptors with wrong CRCs is scanned in linear time") {
    std::string data;
    while (data.size() < (8u << 20)) data += descriptor_of("x", data.size()) + "PK\3\4";
    zip_builder zip;
    zip.add(behind(data));
    auto const archive = zip.archive();
    auto const start = cpu_seconds();
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    reader.feed(std::as_bytes(std::span(archive)));
    for (auto kind = event_kind::need_input; kind != event_kind::end; kind = reader.next().kind)
        REQUIRE(kind != event_kind::error);
    CHECK(reader.entry().size == data.size());
    CHECK(cpu_seconds() - start < 60);
}

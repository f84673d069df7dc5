// Compares our zip archives byte for byte with those captured from a live cluster and those of Go's archive/zip, and
// reads them with Python, unzip and 7z.
#include <aisle/codec/zip/zip_writer.hpp>

#include <cstring>
#include <random>
#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

struct zip_member {
    std::string name;
    std::string data;
    std::int64_t mtime = 0;
};

std::string zip_of(std::vector<zip_member> const& members) {
    zip_writer writer;
    std::string out;
    for (auto const& m : members) {
        REQUIRE(writer.begin_entry(out, m.name, m.mtime));
        auto const half = m.data.size() / 2;
        writer.data(bytes_of(m.data).first(half));
        writer.data(bytes_of(m.data).subspan(half));
        out += m.data;
        writer.end_entry(out);
    }
    writer.finish(out);
    return out;
}

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t n = 0;
    for (std::size_t i = size; i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return n;
}

// The members of a small archive as AIStore writes it, found through its central directory.
std::vector<zip_member> members_in(std::string const& archive) {
    std::vector<zip_member> out;
    auto const end = archive.rfind("PK\5\6");
    REQUIRE(end != std::string::npos);
    auto at = number(archive, end + 16, 4);
    for (auto n = number(archive, end + 10, 2); n > 0; --n) {
        auto const size = number(archive, at + 20, 4);
        auto const name_bytes = number(archive, at + 28, 2);
        auto const local = number(archive, at + 42, 4);
        auto const data = local + 30 + number(archive, local + 26, 2) + number(archive, local + 28, 2);
        out.push_back({archive.substr(at + 46, name_bytes), archive.substr(data, size),
                       number(archive, at + 46 + name_bytes + 5, 4)});
        at += 46 + name_bytes + number(archive, at + 30, 2) + number(archive, at + 32, 2);
    }
    return out;
}

std::string archive_of(http_fixture const& answer) {
    if (!answer.content_type.starts_with("multipart")) return answer.body;
    auto const begin = answer.body.find("octet-stream\r\n\r\n") + 16;
    return answer.body.substr(begin, answer.body.rfind("\r\n--") - begin);
}

std::string hex(std::string_view text) {
    std::string out;
    for (char const c : text) out += hex8(static_cast<unsigned char>(c)).substr(6);
    return out;
}

// One line per member: size, CRC and name in hexadecimal, printed by Python, which verifies the CRCs as well.
std::string listed_by_python(std::string const& path) {
    return must(
        AISLE_PYTHON
        " -c \"import sys, zipfile\n"
        "z = zipfile.ZipFile(sys.argv[1])\n"
        "for m in z.infolist(): print(len(z.read(m)), '%08x' % m.CRC, m.filename.encode().hex(), m.comment.hex())"
        "\" " +
        path);
}

std::string listed(std::vector<zip_member> const& members) {
    std::string out;
    for (auto const& m : members)
        out += std::to_string(m.data.size()) + " " + hex8(crc32(bytes_of(m.data))) + " " + hex(m.name) + " " +
               hex(m.name) + "\n";
    return out;
}

}  // namespace

TEST_CASE("the zip writer reproduces a cluster's archives byte for byte") {
    for (auto const* file :
         {"16_zip.http", "17_zip_CUT_validcrc.http", "19_multipart_zip.http", "26_mime_gzip_is_zip.http"}) {
        INFO(file);
        auto const theirs = archive_of(load_fixture(file));
        auto const members = members_in(theirs);
        auto const expected = expected_members(file);
        REQUIRE(members.size() == expected.size());
        for (std::size_t i = 0; i < members.size(); ++i) {
            CHECK(expected[i].matches(members[i].name));
            CHECK(hex8(crc32(bytes_of(members[i].data))) == expected[i].crc32);
        }
        CHECK((zip_of(members) == theirs));
    }
}

TEST_CASE("the zip writer writes the same bytes as Go") {
    if (!has_program("go")) return;
    temporary_folder const home;
    must("go build -o " + home.file("go_zip") + " " AISLE_CODEC_TESTS "/go/zip/main.go 2>&1");
    std::vector<zip_member> members;
    auto const add = [&](std::string name, std::size_t size, std::int64_t mtime) {
        members.push_back({std::move(name), std::string(size, 'x'), mtime});
    };
    for (int c = 1; c < 256; ++c)
        if (c != '/') add("n" + std::string(1, static_cast<char>(c)), 1, c);
    for (auto const* name : {"", "/", "a/", "ünï/日本", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "ok\xff", "~", "}"})
        if (!std::string_view(name).ends_with('/')) add(name, 7, 0);
    add(std::string(65'535, 'l'), 3, 1);
    for (std::int64_t const mtime : {0ll, 1ll, 86'399ll, 315'532'799ll, 315'532'800ll, 951'782'400ll, 1'700'000'001ll,
                                     4'354'819'198ll, 4'294'967'296ll, 253'402'300'800ll, -1ll, -86'401ll})
        add("time", 2, mtime);
    std::mt19937 random(5);
    for (int i = 0; i < 500; ++i) add("random", random() % 5000, static_cast<std::int64_t>(random()));
    std::string lines;
    for (auto const& m : members)
        lines += std::to_string(m.data.size()) + " " + std::to_string(m.mtime) + " " + hex(m.name) + "\n";
    auto const theirs = must(home.file("go_zip") + " < " + home.file("lines", lines));
    CHECK((zip_of(members) == theirs));

    // Over 65,534 entries, the directory ends with zip64 records.
    for (std::size_t const count : {65'534u, 65'535u, 65'536u}) {
        members.assign(count, {"n", "", 0});
        lines.clear();
        for (std::size_t i = 0; i < count; ++i) lines += "0 0 6e\n";
        CHECK((zip_of(members) == must(home.file("go_zip") + " < " + home.file("lines", lines))));
    }
}

TEST_CASE("other tools accept our zip archives and read the right members") {
    temporary_folder const home;
    std::vector<std::vector<zip_member>> const archives{
        {},
        {{"a", "", 0}},
        {{"dir/a.txt", "AAAA", 1'700'000'000}, {"ünï/日本 x.bin", std::string(100'000, 'u'), 0}, {"dir/a.txt", "B", 3}},
        std::vector<zip_member>(70'000, {"many", "m", 1})};
    for (auto const& members : archives) {
        INFO(members.size());
        auto const path = home.file("x.zip", zip_of(members));
        CHECK((listed_by_python(path) == listed(members)));
        if (members.empty()) continue;  // unzip and 7z reject an archive without members
        if (has_program("unzip")) must("unzip -tqq " + path + " 2>&1");
        if (has_program("7z")) must("7z t " + path + " 2>&1");
    }
}

TEST_CASE("an entry of 4 GiB has 8-byte sizes in descriptor and directory, and so has an entry after it") {
    zip_writer writer;
    std::string const piece(std::size_t{1} << 26, '\0');
    std::string header;
    std::string rest;
    REQUIRE(writer.begin_entry(header, "huge", 0));
    for (int i = 0; i < 64; ++i) writer.data(bytes_of(piece));
    auto const size = std::uint64_t{1} << 32;
    writer.end_entry(rest);
    CHECK(rest.size() == 24);
    REQUIRE(writer.begin_entry(rest, "behind", 0));
    writer.data(bytes_of("b"));
    rest += "b";
    writer.end_entry(rest);
    writer.finish(rest);

    // The huge payload is a hole in a sparse file.
    temporary_folder const home;
    auto const path = home.file("huge.zip", header);
    std::filesystem::resize_file(path, header.size() + size);
    std::ofstream(path, std::ios::binary | std::ios::app) << rest;
    auto const words =
        must(AISLE_PYTHON
             " -c \"import sys, zipfile\n"
             "z = zipfile.ZipFile(sys.argv[1])\n"
             "print([(m.filename, m.file_size, m.header_offset) for m in z.infolist()], z.read('behind'))"
             "\" " +
             path);
    CHECK(words ==
          "[('huge', 4294967296, 0), ('behind', 1, " + std::to_string(header.size() + size + 24) + ")] b'b'\n");
}

TEST_CASE("names that zip or Go cannot write are rejected") {
    zip_writer writer;
    std::string out = "before";
    CHECK_FALSE(writer.begin_entry(out, "folder/", 0));
    CHECK_FALSE(writer.begin_entry(out, std::string(65'536, 'n'), 0));
    CHECK(out == "before");
    out.clear();
    writer.finish(out);
    CHECK(out.size() == 22);
}

#include <aisle/codec/tar/tar_reader.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <cstring>
#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::uint64_t mtime_of(std::string_view header) {
    return std::strtoull(std::string(header.substr(136, 11)).c_str(), nullptr, 8);
}

// Reads an archive, and writes it again with our writer. The payload is copied from the archive.
std::string rewritten(std::string const& archive) {
    tar_reader reader;
    std::string out;
    reader.feed(std::as_bytes(std::span(archive)));
    for (;;) {
        auto const e = reader.next();
        switch (e.kind) {
            case event_kind::entry_begin: {
                // The member's own header is the block before its payload.
                auto const mtime = mtime_of(std::string_view(archive).substr(reader.offset() - tar_block_bytes));
                REQUIRE(
                    append_tar_header(out, reader.entry().name, reader.entry().size, static_cast<std::int64_t>(mtime)));
                break;
            }
            case event_kind::entry_data: out.append(reinterpret_cast<char const*>(e.data.data()), e.data.size()); break;
            case event_kind::entry_end: append_tar_padding(out, reader.entry().size); break;
            case event_kind::end: append_tar_end(out); return out;
            default: FAIL("not a valid archive");
        }
    }
}

seen_member round_trip(std::string const& name, std::uint64_t size, std::int64_t mtime = 0) {
    std::string header;
    REQUIRE(append_tar_header(header, name, size, mtime));
    tar_reader reader;
    return read_archive(reader, whole(header)).members.at(0);
}

}  // namespace

TEST_CASE("the tar writer reproduces a cluster's archives byte for byte") {
    for (auto const* file :
         {"02_tar_sizes.http", "03_tar_onob_2buckets.http", "04_tar_names.http", "05_tar_404_names.http",
          "06_tar_strict_remote_missing.http", "07_tar_strict_local_missing_SHORT.http", "08_tar_softerr_SHORT.http",
          "09_tar_oob_EMPTY.http", "10_tar_range_gfn_WHOLE.http", "11_tar_archpath_range.http",
          "25_tar_uname_EMPTYNAME.http"}) {
        INFO(file);
        auto const body = load_fixture(file).body;
        CHECK((rewritten(body) == body));
    }
}

TEST_CASE("names and sizes of any length are read back") {
    for (std::size_t length = 0; length < 700; ++length) {
        auto const plain = std::string(length, 'n');
        REQUIRE(round_trip(plain, 3).name == plain);
        std::string folders;
        while (folders.size() < length) folders += "folder/";
        folders.resize(length);
        if (!folders.ends_with('/')) REQUIRE(round_trip(folders, 3).name == folders);
        auto const other = "ü" + plain;
        REQUIRE(round_trip(other, 3).name == other);
    }
    for (std::uint64_t const size : {0ull, 1ull, 077777777777ull, 0100000000000ull, 1ull << 50, (1ull << 63) - 1})
        for (std::string const& name : {std::string("a"), "p/" + std::string(120, 'n'), std::string("日本")}) {
            auto const seen = round_trip(name, size, size > 100 ? INT64_MAX : -1);
            CHECK(seen.size == size);
            CHECK(seen.name == name);
        }
}

TEST_CASE("a name with a NUL or a trailing slash is rejected") {
    std::string out = "before";
    CHECK_FALSE(append_tar_header(out, "a/", 1));
    CHECK_FALSE(append_tar_header(out, std::string_view("a\0b", 3), 1));
    CHECK(out == "before");
}

TEST_CASE("padding fills the last block, and the end mark is two zero blocks") {
    for (std::size_t size : {0, 1, 511, 512, 513}) {
        std::string out(size, 'x');
        append_tar_padding(out, size);
        CHECK(out.size() % 512 == 0);
        CHECK(out.size() < size + 512);
    }
    std::string end;
    append_tar_end(end);
    CHECK(end == std::string(1024, '\0'));
}

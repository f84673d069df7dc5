#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/compression/compressor.hpp>
#include <aisle/codec/tar/tar_writer.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

constexpr archive_format formats[] = {archive_format::tar, archive_format::tgz, archive_format::zip,
                                      archive_format::tar_lz4, archive_format::tar_zst};
constexpr archive_format compressed_formats[] = {archive_format::tgz, archive_format::tar_lz4, archive_format::tar_zst};

slab_pool& pool() {
    static slab_pool one(64 << 20);
    return one;
}

std::string compressed(archive_format format, std::string_view plain) {
    auto const wrapped = compression_of(format);
    if (wrapped == compression::none) return std::string(plain);
    std::string out;
    auto const by = make_compressor(wrapped);
    by->write(out, plain);
    by->finish(out);
    return out;
}

archive_format format_by_magic(std::string_view archive) {
    return archive_format_of_magic(std::as_bytes(std::span(archive.substr(0, archive_magic_bytes))));
}

std::string log_of(archive_format format, pieces const& input, after_end follows = after_end::zero_padding) {
    archive_chain chain(format, pool(), follows);
    return read_archive(chain, input).log();
}

log_function log_in(archive_format format) {
    return [format](pieces const& input) { return log_of(format, input); };
}

// A tar archive as AIStore's writer makes it.
class tar_text {
public:
    tar_text& file(std::string_view name, std::string_view payload) {
        REQUIRE(append_tar_header(bytes_, name, payload.size()));
        bytes_ += payload;
        append_tar_padding(bytes_, payload.size());
        return *this;
    }
    std::string end() {
        append_tar_end(bytes_);
        return bytes_;
    }

private:
    std::string bytes_;
};

// Three members: one empty, one with compressible text, one with incompressible bytes.
std::string small_tar() {
    return tar_text()
        .file("b/a", "some text, some text, some text")
        .file("b/empty", "")
        .file("b/c", "0123456789")
        .end();
}

}  // namespace

TEST_CASE("the format is determined by the received Content-Type") {
    for (auto const* type : {"application/x-tar", "Application/X-TAR", " application/x-tar ; charset=binary"}) {
        auto const format = archive_format_of(type);
        REQUIRE(format.has_value());
        CHECK(*format == archive_format::tar);
    }
    for (auto const format : formats) {
        CHECK(archive_format_of(content_type_of(format)).value() == format);
        CHECK(archive_format_named(request_mime_of(format)) == format);
        CHECK(archive_format_named(request_mime_of(format).substr(1)) == format);
    }
    CHECK(archive_format_named(".tar.gz") == archive_format::tgz);
    for (auto const* unknown : {"", ".", ".TAR", ".7z", ".gz", "..tar"}) CHECK(!archive_format_named(unknown));
}

TEST_CASE("an archive whose members AIStore reads is recognised by the end of its name") {
    for (auto const* name : {"a.tar", "a.tgz", "d/a.tar.gz", "a.b.zip", "a.tar.lz4"}) CHECK(is_archive_name(name));
    for (auto const* name : {"", "tar", "a.tar.zst", "a.TAR", "a.tar/b", "a.gz"}) CHECK(!is_archive_name(name));
}

TEST_CASE("an unsupported Content-Type is an error that names it") {
    for (std::string const type : {"application/json", "application/x-gzip", "text/html", "x", ""}) {
        auto const format = archive_format_of(type);
        REQUIRE(format.has_error());
        CHECK(format.error().code == errc::wrong_content_type);
        CHECK(format.error().where == stage::archive);
        CHECK(format.error().text.find(type) != std::string::npos);
        for (auto const known : formats) CHECK(format.error().text.find(content_type_of(known)) != std::string::npos);
    }
}

TEST_CASE("an archive's format is detected by its first bytes") {
    for (auto const format : compressed_formats) CHECK(format_by_magic(compressed(format, small_tar())) == format);
    std::string zip;
    zip_writer writer;
    REQUIRE(writer.begin_entry(zip, "a", 0));
    writer.end_entry(zip);
    CHECK(format_by_magic(zip) == archive_format::zip);
    std::string empty;
    zip_writer().finish(empty);
    CHECK(format_by_magic(empty) == archive_format::zip);
    CHECK(format_by_magic(small_tar()) == archive_format::tar);
    CHECK(archive_format_of_magic({}) == archive_format::tar);
}

TEST_CASE("the chain returns what its reader returns, with and without compression") {
    auto const fixture = load_fixture("02_tar_sizes.http");
    tar_reader reader;
    auto const expected = read_archive(reader, cut_every(fixture.body, 1000)).log();
    CHECK(log_of(archive_format::tar, cut_every(fixture.body, 1000)) == expected);
    for (auto const format : compressed_formats) {
        INFO(request_mime_of(format));
        CHECK(log_of(format, cut_every(compressed(format, fixture.body), 1000)) == expected);
    }
    archive_chain short_one(archive_format::tar, pool());
    CHECK(read_archive(short_one, whole("")).failure->code == errc::truncated_archive);
}

TEST_CASE("compressed archives give the same events for every split, and truncated ones never succeed") {
    for (auto const format : compressed_formats) {
        INFO(request_mime_of(format));
        auto const bytes = compressed(format, small_tar());
        auto const log = grind_splits(bytes, log_in(format));
        CHECK(log.find("\"b/c\" size=10") != std::string::npos);
        CHECK(!ends_in_error(log));
        grind_truncations(bytes, log_in(format), "truncated");
    }
}

TEST_CASE("a checksum stored after the archive is verified") {
    for (auto const format : {archive_format::tgz, archive_format::tar_zst}) {
        auto bytes = compressed(format, small_tar());
        auto const at = bytes.size() - (format == archive_format::tgz ? 8 : 4);
        bytes[at] ^= 1;
        INFO(request_mime_of(format));
        CHECK(ends_in_error(log_of(format, whole(bytes))));
    }
}

TEST_CASE("inside compression, a truncated tar, extra bytes in the tar and extra bytes after it are detected") {
    auto const tar = small_tar();
    for (auto const format : compressed_formats) {
        INFO(request_mime_of(format));
        CHECK(log_of(format, whole(compressed(format, tar.substr(0, tar.size() - 1)))).find("archive truncated") !=
              std::string::npos);
        CHECK(!ends_in_error(log_of(format, whole(compressed(format, tar + std::string(8192, '\0'))))));
        CHECK(log_of(format, whole(compressed(format, tar + "x"))).find("unexpected bytes after the archive") !=
              std::string::npos);
        CHECK(log_of(format, whole(compressed(format, tar) + "x")).find("unexpected bytes after the archive") !=
              std::string::npos);
        CHECK(log_of(format, whole(compressed(format, tar) + std::string(512, '\0'))) ==
              log_of(format, whole(compressed(format, tar))));
    }
}

TEST_CASE("the format is detected after skippable frames, for every split") {
    std::string const skippable("\x5a\x2a\x4d\x18\5\0\0\0hello", 13);
    std::string const empty("\x50\x2a\x4d\x18\0\0\0\0", 8);
    for (auto const format : formats) {
        std::string const archive = format == archive_format::zip ? "PK\3\4..." : compressed(format, small_tar());
        for (auto const& before : {std::string(), skippable, empty + skippable + empty})
            for (std::size_t const step : {1, 3, 4, 1000}) {
                INFO(request_mime_of(format) << " behind " << before.size() << ", cut every " << step);
                format_probe probe;
                std::size_t taken = 0;
                for (auto const& piece : cut_every(before + archive, step)) {
                    auto const n = probe.feed(piece.bytes());
                    taken += n;
                    if (probe.format()) break;
                    REQUIRE(n == piece.bytes().size());
                }
                CHECK(probe.format() == format);
                CHECK(taken == before.size() + archive_magic_bytes);
                CHECK(std::ranges::equal(probe.begin(), std::as_bytes(std::span(archive)).first(archive_magic_bytes)));
            }
    }
    format_probe unknown;
    CHECK(unknown.feed(std::as_bytes(std::span(skippable))) == skippable.size());
    CHECK(!unknown.format());
    CHECK(unknown.begin().empty());
}

TEST_CASE("as part of a larger stream, a compressed archive ends with its compression and leaves the rest unread") {
    for (auto const format : compressed_formats) {
        auto const archive = compressed(format, small_tar());
        auto const plain = log_of(format, whole(archive));
        for (std::size_t const step : {std::size_t{1}, std::size_t{5}, archive.size() + 10}) {
            INFO(request_mime_of(format) << ' ' << step);
            archive_chain chain(format, pool(), after_end::foreign);
            auto const input = cut_every(archive + "\r\n--B--\r\n", step);
            auto const seen = read_archive(chain, input);
            CHECK(seen.log() == plain);
            CHECK(seen.unread_bytes == (step > archive.size() ? 9 : seen.unread_bytes));
            CHECK(seen.unread_bytes > 0);
        }
    }
}

TEST_CASE("a large member of a compressed archive lies in one slab, and small members share slabs") {
    std::string large(700'000, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i >> 7);
    tar_text tar;
    for (int i = 0; i < 40; ++i) tar.file("small", std::string(5'000, static_cast<char>('a' + i % 26)));
    auto const bytes = compressed(archive_format::tgz, tar.file("large", large).end());
    slab_pool own(64 << 20);
    archive_chain chain(archive_format::tgz, own);
    auto const seen = read_archive(chain, cut_every(bytes, 3'000));
    REQUIRE(seen.members.size() == 41);
    CHECK(seen.members.back().crc == test::crc32(std::as_bytes(std::span(large))));
    CHECK(!seen.failure);
}

TEST_CASE("an archive of zeros only is read in bounded memory") {
    slab_pool own(64 << 20);
    std::string bomb;
    auto const by = make_compressor(compression::gzip);
    std::string const zeros(1 << 20, '\0');
    for (int mib = 0; mib < 32; ++mib) by->write(bomb, zeros);
    by->finish(bomb);
    archive_chain chain(archive_format::tgz, own);
    auto const seen = read_archive(chain, whole(bomb));
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == errc::trailing_archive_data);
    CHECK(own.in_use_bytes() <= 2 * slab_pool::min_slab_bytes);
}

// gzip members written by many tools, read with every inflater of this build.
#include "../../../codec/src/compression/inflate.hpp"
#include "frame_checks.hpp"

#include <aisle/codec/checksum/checksum.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::vector<std::pair<char const*, make_function>> gzip_readers() {
    std::vector<std::pair<char const*, make_function>> all;
    all.emplace_back("zlib", [](after_end follows) { return make_gzip_decompressor(make_zlib_inflater(), follows); });
#ifdef AISLE_HAS_ISAL
    all.emplace_back("ISA-L", [](after_end follows) { return make_gzip_decompressor(make_isal_inflater(), follows); });
#endif
    return all;
}

std::string python(std::string const& expression) {
    return AISLE_PYTHON " -c 'import gzip,sys;b=sys.stdin.buffer.read();sys.stdout.buffer.write(" + expression + ")'";
}

std::string little_endian(std::uint32_t number, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
    return out;
}

// A gzip member by RFC 1952, built by hand with one stored block, so that it does not depend on a compressor.
struct member {
    std::string plain = "hello";
    unsigned flags = 0;
    std::string fields = {};  // between the fixed header and the body
    char method = 8;

    std::string header() const {
        return std::string("\x1f\x8b") + method + static_cast<char>(flags) + std::string("\0\0\0\0\0\xff", 6) + fields;
    }
    std::string bytes() const {
        auto const size = static_cast<std::uint32_t>(plain.size());
        return header() + '\1' + little_endian(size, 2) + little_endian(~size, 2) + plain +
               little_endian(test::crc32(std::as_bytes(std::span(plain))), 4) + little_endian(size, 4);
    }
};

std::string with_header_crc(member m) {
    m.flags |= 2;
    auto const header = m.header();
    m.fields += little_endian(test::crc32(std::as_bytes(std::span(header))), 2);
    return m.bytes();
}

}  // namespace

TEST_CASE("gzip members are decompressed for all header fields and every split") {
    std::string const extra = "\x0b" + std::string(1, '\0') + std::string("e\0x\0t\0r\0a\0!", 11);
    std::string const name("a name\0", 7);
    std::string const comment("a comment\0", 10);
    for (auto const& [by, make] : gzip_readers()) {
        INFO(by);
        grind_frames(make, member{}.bytes(), "hello");
        grind_frames(make, member{.plain = ""}.bytes(), "");
        grind_frames(make, member{.flags = 1}.bytes(), "hello");
        grind_frames(make, member{.flags = 4, .fields = extra}.bytes(), "hello");
        grind_frames(make, member{.flags = 4, .fields = std::string(2, '\0')}.bytes(), "hello");
        grind_frames(make, member{.flags = 8, .fields = name}.bytes(), "hello");
        grind_frames(make, member{.flags = 16, .fields = comment}.bytes(), "hello");
        grind_frames(make, with_header_crc({}), "hello");
        grind_frames(make, with_header_crc({.flags = 4 + 8 + 16, .fields = extra + name + comment}), "hello");
    }
}

TEST_CASE("consecutive gzip members form one stream, which ends where foreign bytes start") {
    auto const text = text_like(300);
    auto const packed = piped("gzip -9n", text);
    for (auto const& [by, make] : gzip_readers()) {
        INFO(by);
        auto const three = packed + member{.plain = ""}.bytes() + packed;
        grind_frames(make, three, text + text);
        check_foreign(make, packed, text);
        check_foreign(make, three, text + text);
        check_trailing(make, packed);
        check_trailing(make, three);
        check_padding(make, packed, text);
        auto const after_first = expander(make, 512)(whole(packed));
        CHECK(after_first == expanded{text, packed.size(), false, {}}.log());
    }
}

TEST_CASE("every truncation of a gzip member is an error; every changed byte is an error or has no effect") {
    auto const text = text_like(300);
    for (auto const& packed : {piped("gzip -9n", text), piped("gzip -1n", ""), with_header_crc({}),
                               member{.flags = 8, .fields = std::string("name\0", 5)}.bytes()})
        for (auto const& [by, make] : gzip_readers()) {
            INFO(by);
            grind_truncations(packed, expander(make, 65536), make_error_code(errc::truncated_archive).message());
            grind_corruptions(packed, 0, packed.size(), expander(make, 65536));
            grind_corruptions(packed, 0, packed.size(), expander(make, 7));
        }
}

TEST_CASE("errors in a gzip stream have a message and an offset") {
    auto const good = member{}.bytes();
    for (auto const& [by, make] : gzip_readers()) {
        INFO(by);
        check_failure(make, "PK\3\4", errc::bad_archive, 0, "the bytes 50 4b do not start a gzip member");
        check_failure(make, "\x1f\x8c", errc::bad_archive, 0, "1f 8c");
        check_failure(make, "", errc::truncated_archive, 0, "before its first byte");
        check_failure(make, good.substr(0, 4), errc::truncated_archive, 4, "inside a member's header");
        check_failure(make, good.substr(0, 20), errc::truncated_archive, 20, "inside a member");
        check_failure(make, member{.method = 7}.bytes(), errc::unsupported, 2, "method 7");
        check_failure(make, member{.flags = 0x20}.bytes(), errc::bad_archive, 3, "reserved flags");
        auto corrupted = with_header_crc({});
        corrupted[10] ^= 1;
        check_failure(make, good + corrupted, errc::bad_archive, good.size() + 10,
                      "checksum mismatch in a gzip member's header");
        corrupted = good;
        corrupted[good.size() - 8] ^= 1;
        check_failure(make, good + corrupted, errc::bad_archive, 2 * good.size() - 8,
                      "CRC-32 mismatch in a gzip member");
        corrupted = good;
        corrupted[good.size() - 4] ^= 1;
        check_failure(make, corrupted, errc::bad_archive, good.size() - 4, "expected 4 bytes");
        corrupted = good;
        corrupted[10] = 7;  // a block of type 3
        auto const failure = failure_of(make, corrupted);
        CHECK(failure.code == errc::bad_archive);
        CHECK(failure.text.find("damaged deflate stream: ") != std::string::npos);
        CHECK((failure.offset >= 10u && failure.offset <= 18u));
    }
}

TEST_CASE("the output of gzip, pigz, bgzip, Go and Python is decompressed, and truncations are detected") {
    auto const plain = mixed_bytes(300'000);
    std::vector<std::string> commands = {"gzip -1",
                                         "gzip -6",
                                         "gzip -9",
                                         "pigz -1 -p 3 -b 32",
                                         "pigz -0",
                                         "pigz -9 -R",
                                         "bgzip -c",
                                         python("gzip.compress(b,6)"),
                                         python("gzip.compress(b,0)")};
    if (is_here("go")) {
        temporary_folder const folder;
        auto const writer = folder.file("pack");
        must("go build -o " + writer + " " AISLE_CODEC_TESTS "/go/pack/main.go");
        for (auto const& [by, make] : gzip_readers())
            for (auto const* how : {"gzip -2", "gzip 0", "gzip 1", "gzip 9", "gzip-header"}) {
                INFO(by << ", Go's " << how);
                check_frames(make, piped(writer + " " + how, plain), plain);
            }
    }
    for (auto const& command : commands) {
        if (!is_here(command)) continue;
        auto const packed = piped(command, plain);
        for (auto const& [by, make] : gzip_readers()) {
            INFO(by << ", " << command);
            check_frames(make, packed, plain);
        }
    }
}

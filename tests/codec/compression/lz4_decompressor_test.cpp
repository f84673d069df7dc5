// lz4 frames written by the lz4 tool; skippable frames and headers built by hand.
#include "frame_checks.hpp"

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

make_function const make = [](after_end follows) { return make_decompressor(compression::lz4, follows); };

std::string lz4(std::string const& options, std::string const& bytes) {
    return piped("lz4 -q -c " + options, bytes);
}

std::string const skippable("\x5a\x2a\x4d\x18\5\0\0\0hello", 13);
std::string const empty_skippable("\x50\x2a\x4d\x18\0\0\0\0", 8);

}  // namespace

TEST_CASE("lz4 frames with all kinds of headers, blocks and checksums are decompressed, for every split") {
    if (!is_here("lz4")) return;
    auto const text = text_like(300) + random_bytes(40);
    for (auto const* options : {"-B4", "-B7 -BD", "-BX", "-BX --no-frame-crc", "--content-size -9"}) {
        INFO(options);
        grind_frames(make, lz4(options, text), text);
        grind_frames(make, lz4(options, ""), "");
    }
    auto const noise = random_bytes(200);
    grind_frames(make, lz4("", noise), noise);
    auto const blocks = text_like(400);
    grind_frames(make, lz4("-B100 -BD", blocks), blocks);
}

TEST_CASE("consecutive lz4 frames form one stream; skippable frames are skipped; foreign bytes end it") {
    if (!is_here("lz4")) return;
    auto const text = text_like(200);
    auto const packed = lz4("", text);
    auto const several = skippable + packed + empty_skippable + lz4("", "") + skippable + packed + skippable;
    grind_frames(make, several, text + text);
    grind_frames(make, skippable, "");
    check_foreign(make, packed, text);
    check_foreign(make, several, text + text);
    check_trailing(make, packed);
    check_trailing(make, several);
    check_padding(make, packed, text);
}

TEST_CASE("every truncation of an lz4 frame is an error, and every changed byte that a checksum covers") {
    if (!is_here("lz4")) return;
    auto const truncated = make_error_code(errc::truncated_archive).message();
    auto const text = text_like(300) + random_bytes(40);
    for (auto const* options : {"", "-BX --no-frame-crc", "-BD --content-size", "--no-frame-crc"}) {
        INFO(options);
        grind_truncations(lz4(options, text), expander(make, 512), truncated);
    }
    grind_truncations(skippable, expander(make, 512), truncated);
    for (std::size_t const space : {7, 65536}) {
        for (auto const* options : {"", "-BD --content-size"}) {
            auto const packed = lz4(options, text);
            grind_corruptions(packed, 0, packed.size(), expander(make, space));
        }
        // Block checksums do not cover the block sizes, nor the bit that marks a block as uncompressed.
        auto const blocks = lz4("-BX --no-frame-crc", text);
        grind_corruptions(blocks, 0, 7, expander(make, space));
        grind_corruptions(blocks, 11, blocks.size(), expander(make, space));
    }
}

TEST_CASE("errors in an lz4 stream have a message and an offset") {
    if (!is_here("lz4")) return;
    auto const packed = lz4("-BX", "some text");
    check_failure(make, "PK\3\4", errc::bad_archive, 0, "the bytes 50 4b 03 04 do not start a lz4 frame");
    check_failure(make, "", errc::truncated_archive, 0, "before its first byte");
    check_failure(make, packed.substr(0, 6), errc::truncated_archive, 6, "inside a frame's header");
    check_failure(make, packed.substr(0, packed.size() - 1), errc::truncated_archive, packed.size() - 1,
                  "inside a frame");
    check_failure(make, packed + skippable.substr(0, 10), errc::truncated_archive, packed.size() + 10,
                  "inside a skippable frame");
    check_failure(make, piped("lz4 -q -l -c", "legacy"), errc::unsupported, 0, "legacy format (lz4 -l)");
    // Flags: version 1, independent blocks, dictionary identifier 7; the checksum is not checked before that.
    check_failure(make, std::string("\x04\x22\x4d\x18\x61\x40\7\0\0\0\0", 11), errc::unsupported, 0, "dictionary");
    auto corrupted = packed;
    corrupted[6] ^= 1;
    check_failure(make, packed + corrupted, errc::bad_archive, packed.size(), "header checksum mismatch");
    corrupted = packed;
    corrupted[packed.size() - 1] ^= 1;
    CHECK(failure_of(make, corrupted).text.find("content checksum mismatch") != std::string::npos);
    corrupted = packed;
    corrupted[packed.size() - 9] ^= 1;  // before end mark and content checksum
    CHECK(failure_of(make, corrupted).text.find("block checksum mismatch") != std::string::npos);
    auto const sized = lz4("--content-size --no-frame-crc", "some text");
    auto const plain = lz4("--no-frame-crc", "some text!");
    CHECK(failure_of(make, sized.substr(0, 15) + plain.substr(7)).text.find("content size differs from the header") !=
          std::string::npos);
}

TEST_CASE("long lz4 streams are decompressed, and their truncations are detected") {
    if (!is_here("lz4")) return;
    auto const plain = mixed_bytes(600'000);
    for (auto const* options :
         {"-1 -B4", "-B5 -BD", "-9 -B6 -BX", "-B7 --content-size", "-B4 -BD -BX --no-frame-crc"}) {
        INFO(options);
        check_frames(make, lz4(options, plain), plain);
    }
}

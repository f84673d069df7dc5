// zstd frames written by zstd and pzstd; skippable frames and headers built by hand.
#include "frame_checks.hpp"

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

make_function const make = [](after_end follows) { return make_decompressor(compression::zstd, follows); };

std::string zstd(std::string const& options, std::string const& bytes) {
    return piped("zstd -q -c " + options, bytes);
}

std::string const skippable("\x5f\x2a\x4d\x18\5\0\0\0hello", 13);
std::string const magic = "\x28\xb5\x2f\xfd";

}  // namespace

TEST_CASE("zstd frames with all kinds of headers and blocks are decompressed, for every split") {
    if (!is_here("zstd")) return;
    auto const text = text_like(300) + random_bytes(40);
    for (auto const* options : {"-1", "-19 --no-check", "--fast=5", "--no-content-size", "--stream-size=340"}) {
        INFO(options);
        grind_frames(make, zstd(options, text), text);
    }
    grind_frames(make, zstd("", ""), "");
    auto const noise = random_bytes(200);
    grind_frames(make, zstd("", noise), noise);
    grind_frames(make, zstd("", std::string(500, 'r')), std::string(500, 'r'));
}

TEST_CASE("consecutive zstd frames form one stream; skippable frames are skipped; foreign bytes end it") {
    if (!is_here("zstd")) return;
    auto const text = text_like(200);
    auto const packed = zstd("", text);
    auto const several = skippable + packed + zstd("", "") + skippable + packed + skippable;
    grind_frames(make, several, text + text);
    check_foreign(make, packed, text);
    check_foreign(make, several, text + text);
    check_trailing(make, packed);
    check_trailing(make, several);
    check_padding(make, several, text + text);
}

TEST_CASE("every truncation of a zstd frame is an error, and every changed byte that a checksum covers") {
    if (!is_here("zstd")) return;
    auto const text = text_like(300) + random_bytes(40);
    for (auto const* options : {"-3", "-3 --no-check"}) {
        INFO(options);
        auto const packed = zstd(options, text);
        grind_truncations(packed, expander(make, 512), make_error_code(errc::truncated_archive).message());
        if (std::string_view(options) != "-3") continue;
        grind_corruptions(packed, 0, packed.size(), expander(make, 65536));
        grind_corruptions(packed, 0, packed.size(), expander(make, 7));
    }
}

TEST_CASE("errors in a zstd stream have a message and an offset") {
    if (!is_here("zstd")) return;
    auto const packed = zstd("", "some text");
    check_failure(make, "PK\3\4", errc::bad_archive, 0, "the bytes 50 4b 03 04 do not start a zstd frame");
    check_failure(make, "", errc::truncated_archive, 0, "before its first byte");
    check_failure(make, packed.substr(0, 3), errc::truncated_archive, 3, "inside a frame's header");
    check_failure(make, packed.substr(0, 4), errc::truncated_archive, 4, "inside a frame");
    check_failure(make, "\x26" + magic.substr(1), errc::unsupported, 0, "version before 0.8");
    // A window descriptor of exponent 17 is 128 MiB, of 18 is 256 MiB; 21 is what --long=31 gives.
    for (int const exponent : {18, 21})
        check_failure(make, packed + magic + '\0' + static_cast<char>(exponent << 3) + std::string(9, '\1'),
                      errc::limit_exceeded, packed.size(), "window over 128 MiB: compress it with --long=27 or less");
    std::string const empty_block("\1\0\0", 3);
    CHECK(expander(make, 512)(whole(magic + '\0' + static_cast<char>(17 << 3) + empty_block)) ==
          expanded{"", 9, false, {}}.log());
    // Descriptor: a dictionary identifier of one byte, 7.
    check_failure(make, magic + '\1' + '\0' + '\7' + empty_block, errc::unsupported, 0, "dictionary");
    check_failure(make, magic + '\x08' + '\0' + empty_block, errc::bad_archive, 4, "damaged zstd frame: ");
    auto corrupted = packed;
    corrupted[packed.size() - 1] ^= 1;
    CHECK(failure_of(make, corrupted).text.find("content checksum mismatch") != std::string::npos);
}

TEST_CASE("long zstd streams are decompressed, and their truncations are detected") {
    if (!is_here("zstd")) return;
    auto const plain = mixed_bytes(600'000);
    for (auto const* options :
         {"-1", "-3 -T2 --check", "-9 --no-check", "-19", "--rsyncable", "--long=27", "--fast=9"}) {
        INFO(options);
        check_frames(make, zstd(options, plain), plain);
    }
    if (is_here("pzstd")) check_frames(make, piped("pzstd -q -1 -p 2 -c", plain), plain);
    auto const failure = failure_of(make, piped("zstd -q -1 --long=28 -c", plain));
    CHECK(failure.code == errc::limit_exceeded);
}

TEST_CASE("a frame whose header looks like that of a skippable frame is not skipped") {
    // Descriptor 50, window 2a, content size 4d 18: after the magic these look like a skippable frame. Then two empty
    // blocks.
    std::string const begun = magic + std::string("\x50\x2a\x4d\x18\0\0\0\0\0\0", 10);
    for (std::size_t portion = 1; portion <= begun.size(); ++portion) {
        auto const d = make(after_end::zero_padding);
        auto const seen = expand_all(*d, cut_every(begun, portion), 65536);
        REQUIRE(seen.failure);
        CHECK(seen.failure->code == errc::truncated_archive);
    }
}

// What all formats have in common: detection, streaming in bounded memory, reuse.
#include "frame_checks.hpp"

#include <aisle/codec/compression/compressor.hpp>

#include <zlib.h>

#include <cstring>
#include <support/http_fixture.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

constexpr std::size_t chunk = 1024 * 1024;
constexpr std::size_t chunks = 1024;

struct bomb {
    std::string head, body, tail;
    std::size_t repeats = chunks;
};

// Zeros, flushed so that the repeated part of the stream always has the same bytes.
bomb deflate_bomb() {
    std::string const zeros(chunk, '\0');
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(chunk, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = static_cast<uInt>(zeros.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FULL_FLUSH) == Z_OK);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return {"", out, std::string("\3\0", 2)};  // ends with an empty block of fixed codes
}

bomb gzip_bomb() {
    auto b = deflate_bomb();
    std::string const zeros(chunk, '\0');
    std::uint32_t crc = 0;
    for (std::size_t i = 0; i < chunks; ++i)
        crc = static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<Bytef const*>(zeros.data()), zeros.size()));
    b.head = std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    for (auto const number : {crc, static_cast<std::uint32_t>(chunk * chunks)})
        for (int i = 0; i < 4; ++i) b.tail += static_cast<char>(number >> (8 * i));
    return b;
}

// Blocks of one repeated byte (RFC 8878, section 3.1.1.2.2), 128 KiB each.
bomb zstd_bomb() {
    std::string const block("\x02\0\x10\0", 4);
    return {std::string("\x28\xb5\x2f\xfd\0\x58", 6), block, std::string("\1\0\0", 3), chunks * 8};
}

bomb lz4_bomb() {
    auto const one = piped("lz4 -q -B6 --no-frame-crc -c", std::string(chunk, '\0'));
    return {one.substr(0, 7), one.substr(7, one.size() - 11), std::string(4, '\0')};
}

std::size_t resident_bytes() {
    auto const status = file_text("/proc/self/status");
    return std::strtoull(status.c_str() + status.find("VmRSS:") + 6, nullptr, 10) * 1024;
}

void check_bomb(std::unique_ptr<decompressor> one, bomb const& b) {
    std::vector<std::byte> const zeros(65536);
    std::vector<std::byte> output(65536, std::byte{1});
    std::size_t total = 0;
    auto status = expansion_status::need_input;
    auto const feed = [&](std::string const& bytes) {
        for (auto rest = std::as_bytes(std::span(bytes));;) {
            auto const e = one->expand(rest, output);
            if (std::memcmp(output.data(), zeros.data(), e.produced) != 0) FAIL("not zeros");
            total += e.produced;
            rest = rest.subspan(e.consumed);
            status = e.status;
            if (status != expansion_status::need_output) return;
        }
    };
    feed(b.head);
    feed(b.body);
    auto const before = resident_bytes();
    std::size_t most = before;
    for (std::size_t i = 1; i < b.repeats; ++i) {
        feed(b.body);
        if (i % 64 == 0) most = std::max(most, resident_bytes());
    }
    feed(b.tail);
    CHECK(status != expansion_status::failed);
    CHECK(one->finish());
    CHECK(total == chunk * chunks);
    CHECK(most - before < 12 * chunk);
}

}  // namespace

TEST_CASE("a decompressor reports the memory of its window, and limits it") {
    // Magic, descriptor, window descriptor (RFC 8878, section 3.1.1.1.2), one raw block of a byte that is not the last.
    auto const zstd_window = [](int log) {
        return std::string("\x28\xb5\x2f\xfd\0", 5) + static_cast<char>((log - 10) << 3) + std::string("\x08\0\0z", 4);
    };
    auto const memory_after = [](decompressor& one, std::string const& bytes) {
        static_cast<void>(expand_all(one, whole(bytes), 4096));
        return one.memory();
    };
    std::size_t const mib = std::size_t{1} << 20;
    auto const zstd = make_decompressor(compression::zstd, after_end::zero_padding);
    CHECK(zstd->memory() < mib);
    CHECK(memory_after(*zstd, zstd_window(24)) >= 16 * mib);
    CHECK(zstd->memory() < 18 * mib);
    zstd->reset();
    CHECK(memory_after(*zstd, zstd_window(27)) >= 128 * mib);

    auto const small = make_decompressor(compression::zstd, after_end::zero_padding, 9 * mib);
    CHECK(memory_after(*small, zstd_window(23)) >= 8 * mib);
    CHECK(!expand_all(*make_decompressor(compression::zstd, after_end::zero_padding, 9 * mib), whole(zstd_window(24)),
                      4096)
               .bytes.size());
    small->reset();
    auto const refused = expand_all(*small, whole(zstd_window(24)), 4096);
    REQUIRE(refused.failure);
    CHECK(refused.failure->code == errc::limit_exceeded);
    CHECK(refused.failure->text.find("window over 8 MiB: compress it with --long=23 or less") != std::string::npos);
    CHECK(small->memory() < 10 * mib);

    for (auto const type : {compression::gzip, compression::lz4}) {
        auto const one = make_decompressor(type, after_end::zero_padding);
        CHECK(one->memory() > 0);
        CHECK(one->memory() < mib / 4);
    }
    CHECK(make_inflater()->memory() < mib / 4);
    if (!is_here("lz4")) return;
    auto const packed = piped("lz4 -q -B7 -c", std::string(5 * mib, 'x'));  // blocks of 4 MiB
    auto const lz4 = make_decompressor(compression::lz4, after_end::zero_padding);
    CHECK(memory_after(*lz4, packed) >= 8 * mib);
    CHECK(lz4->memory() < 9 * mib);
    auto const large =
        expand_all(*make_decompressor(compression::lz4, after_end::zero_padding, 3 * mib), whole(packed), 4096);
    REQUIRE(large.failure);
    CHECK(large.failure->code == errc::limit_exceeded);
}

TEST_CASE("the compression is detected by the first bytes") {
    auto const of = [](std::string_view bytes) { return compression_of_magic(std::as_bytes(std::span(bytes))); };
    CHECK(of("\x1f\x8b") == compression::gzip);
    CHECK(of("\x1f\x8b\x08 and more") == compression::gzip);
    CHECK(of("\x04\x22\x4d\x18") == compression::lz4);
    CHECK(of("\x28\xb5\x2f\xfd and more") == compression::zstd);
    for (std::string_view const none : {"", "\x1f", "\x04\x22\x4d", "\x28\xb5\x2f", "PK\3\4", "\x5a\x2a\x4d\x18",
                                        "\x02\x21\x4c\x18", "ustar and others"})
        CHECK_FALSE(of(none));
}

TEST_CASE("for every format, a GiB of zeros decompresses in as much memory as a MiB") {
    check_bomb(make_decompressor(compression::gzip, after_end::zero_padding), gzip_bomb());
    check_bomb(make_decompressor(compression::zstd, after_end::zero_padding), zstd_bomb());
    if (is_here("lz4")) check_bomb(make_decompressor(compression::lz4, after_end::zero_padding), lz4_bomb());
}

TEST_CASE("after reset() a decompressor works like a new one, whatever was fed before") {
    for (auto const& [type, command] : {std::pair{compression::gzip, "gzip -n"},
                                        {compression::lz4, "lz4 -q -c"},
                                        {compression::zstd, "zstd -q -c"}}) {
        if (!is_here(command)) continue;
        auto const text = text_like(3000);
        auto const packed = piped(command, text);
        auto const one = make_decompressor(type, after_end::zero_padding);
        auto const expected = expanded{text, packed.size(), false, {}}.log();
        for (std::size_t size = 0; size < packed.size(); size += 11) {
            one->reset();
            expand_all(*one, whole(packed.substr(0, size)), 64);
            one->reset();
            auto const log = expand_all(*one, whole(packed), 64).log();
            REQUIRE(log == expected);
            auto damaged = packed;
            damaged[size] ^= 0x55;
            one->reset();
            expand_all(*one, whole(damaged), 64);
        }
    }
}

TEST_CASE("empty inputs have no effect") {
    for (auto const& [type, command] : {std::pair{compression::gzip, "gzip -n"},
                                        {compression::lz4, "lz4 -q -c"},
                                        {compression::zstd, "zstd -q -c"}}) {
        if (!is_here(command)) continue;
        auto const text = text_like(300);
        auto const packed = piped(command, text);
        auto const one = make_decompressor(type, after_end::zero_padding);
        std::vector<std::byte> output(512);
        std::string seen;
        for (auto rest = std::as_bytes(std::span(packed)); !rest.empty();) {
            for (int i = 0; i < 40; ++i) {
                auto const idle = one->expand({}, output);
                REQUIRE(idle.produced == 0);
                REQUIRE(idle.status == expansion_status::need_input);
            }
            auto const e = one->expand(rest.first(1), output);
            seen.append(reinterpret_cast<char const*>(output.data()), e.produced);
            rest = rest.subspan(e.consumed);
        }
        CHECK((seen == text));
        CHECK(one->finish());
    }
}

TEST_CASE("the captured tgz and lz4 responses decompress to tar archives") {
    for (auto const& [type, file] : {std::pair{compression::gzip, "13_tgz.http"},
                                     {compression::gzip, "14_tgz_SHORT.http"},
                                     {compression::lz4, "15_lz4.http"}}) {
        INFO(file);
        auto const body = load_fixture(file).body;
        make_function const make = [t = type](after_end follows) { return make_decompressor(t, follows); };
        auto const seen = expand_all(*make(after_end::zero_padding), whole(body), 4096);
        REQUIRE_FALSE(seen.failure);
        CHECK(compression_of_magic(std::as_bytes(std::span(body))) == type);
        CHECK(seen.bytes.size() % 512 == 0);
        CHECK(seen.bytes.substr(257, 5) == "ustar");
        grind_truncations(body, expander(make, 4096), make_error_code(errc::truncated_archive).message());
    }
}

TEST_CASE("a decompressor reports the memory it holds, including its window") {
    constexpr std::size_t mib = 1 << 20;
    std::vector<std::byte> out(64 * 1024);
    auto const after = [&](decompressor& d, std::string_view packed) {
        auto const step = d.expand(std::as_bytes(std::span(packed)), out);
        CHECK(step.status != expansion_status::failed);
        return d.memory();
    };
    for (auto const c : {compression::gzip, compression::lz4, compression::zstd}) {
        auto const d = make_decompressor(c, after_end::zero_padding);
        CHECK(d->memory() > 0);
        CHECK(d->memory() < mib);
        auto const by = make_compressor(c);
        std::string packed;
        by->write(packed, std::string(1000, 'x'));
        by->finish(packed);
        CHECK(after(*d, packed) < 4 * mib);
    }
    CHECK(make_inflater()->memory() < mib / 4);

    // RFC 8878, section 3.1.1.1.2: a window of 2^27 bytes, and a raw block of one byte, the last.
    std::string_view const wide("\x28\xb5\x2f\xfd\x00\x88\x09\x00\x00!", 10);
    auto const zstd = make_decompressor(compression::zstd, after_end::zero_padding);
    CHECK(after(*zstd, wide) >= 128 * mib);
    CHECK(zstd->memory() <= 130 * mib);
    zstd->reset();
    CHECK(zstd->memory() >= 128 * mib);  // kept for the next stream

    // LZ4 frame format 1.6: linked blocks of up to 4 MiB, and the header's checksum.
    std::string_view const large("\x04\x22\x4d\x18\x40\x70\xdf", 7);
    auto const lz4 = make_decompressor(compression::lz4, after_end::zero_padding);
    CHECK(after(*lz4, large) >= 8 * mib);
    CHECK(lz4->memory() <= 9 * mib);
}

// The cost of streaming: each decompressor of the codec module, fed as an answer arrives, compared with one call of its
// library over the same bytes.
//
//   codec:   inputs of `input` bytes, outputs of `output` bytes into one reused buffer, checksums verified
//   library: all of the input at once, into memory for all of the output, checksums verified
//
// are run in turn; the table has medians of output in MB per second of processor time, and the ratio. "text" is records
// of 10 KiB of random words, "noise" is incompressible. Options are name=value:
//   bench_inflate mib=8 input=65536 output=262144 runs=5

#include "../../codec/src/compression/inflate.hpp"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>
#ifdef AISLE_HAS_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace {

using namespace aisle::codec;
using bytes = std::vector<std::byte>;

struct settings {
    std::size_t mib = 8;
    std::size_t input = 65536;
    std::size_t output = 262144;
    std::size_t runs = 5;
};

settings read_settings(int argc, char** argv) {
    settings s;
    std::map<std::string, std::size_t*> const known = {
        {"mib", &s.mib}, {"input", &s.input}, {"output", &s.output}, {"runs", &s.runs}};
    for (int i = 1; i < argc; ++i) {
        std::string const arg = argv[i];
        auto const eq = arg.find('=');
        auto const which = known.find(arg.substr(0, eq));
        if (eq == std::string::npos || which == known.end()) throw std::invalid_argument("unknown option " + arg);
        *which->second = std::strtoull(argv[i] + eq + 1, nullptr, 10);
        if (*which->second == 0) throw std::invalid_argument(arg + ": not a number above 0");
    }
    return s;
}

void must(bool good, char const* what) {
    if (!good) throw std::runtime_error(what);
}

bytes text(std::size_t size) {
    std::mt19937 random(1);
    bytes out;
    while (out.size() < size) {
        // Each record has different words, as samples of a data set do.
        std::vector<std::string> words(400);
        for (auto& w : words)
            for (auto n = 2 + random() % 7; n > 0; --n)
                w += static_cast<char>('a' + std::min(random() % 26, random() % 26));
        auto const end = out.size() + 10'240;
        while (out.size() < end) {
            auto const& w = words[std::min({random() % 400, random() % 400, random() % 400})];
            for (char const c : w) out.push_back(static_cast<std::byte>(c));
            out.push_back(static_cast<std::byte>(random() % 14 == 0 ? '\n' : ' '));
        }
    }
    out.resize(size);
    return out;
}

bytes noise(std::size_t size) {
    std::mt19937 random(1);
    bytes out(size);
    for (auto& b : out) b = static_cast<std::byte>(random());
    return out;
}

Bytef* zlib_bytes(std::byte const* at) {
    return reinterpret_cast<Bytef*>(const_cast<std::byte*>(at));
}

z_stream zlib_stream(bytes const& in, bytes& out) {
    z_stream s{};
    s.next_in = zlib_bytes(in.data());
    s.avail_in = static_cast<uInt>(in.size());
    s.next_out = zlib_bytes(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    return s;
}

constexpr int gzip_window = 15 + 16;

// Level 1, as AIStore's targets use.
bytes gzipped(bytes const& plain) {
    bytes out(plain.size() + plain.size() / 100 + 1024);
    auto s = zlib_stream(plain, out);
    must(deflateInit2(&s, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    must(deflate(&s, Z_FINISH) == Z_STREAM_END, "deflate");
    out.resize(s.total_out);
    deflateEnd(&s);
    return out;
}

bytes lz4_packed(bytes const& plain) {
    LZ4F_preferences_t how = LZ4F_INIT_PREFERENCES;
    how.frameInfo.blockSizeID = LZ4F_max256KB;
    how.frameInfo.blockMode = LZ4F_blockIndependent;
    bytes out(LZ4F_compressFrameBound(plain.size(), &how));
    auto const size = LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &how);
    must(!LZ4F_isError(size), "LZ4F_compressFrame");
    out.resize(size);
    return out;
}

bytes zstd_packed(bytes const& plain) {
    auto* const c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    bytes out(ZSTD_compressBound(plain.size()));
    auto const size = ZSTD_compress2(c, out.data(), out.size(), plain.data(), plain.size());
    must(!ZSTD_isError(size), "ZSTD_compress2");
    ZSTD_freeCCtx(c);
    out.resize(size);
    return out;
}

void by_zlib(bytes const& packed, bytes& out) {
    auto s = zlib_stream(packed, out);
    must(inflateInit2(&s, gzip_window) == Z_OK && inflate(&s, Z_FINISH) == Z_STREAM_END, "inflate");
    inflateEnd(&s);
}

#ifdef AISLE_HAS_ISAL
void by_isal(bytes const& packed, bytes& out) {
    static inflate_state s;
    isal_inflate_init(&s);
    s.crc_flag = ISAL_GZIP;
    s.next_in = zlib_bytes(packed.data());
    s.avail_in = static_cast<std::uint32_t>(packed.size());
    s.next_out = zlib_bytes(out.data());
    s.avail_out = static_cast<std::uint32_t>(out.size());
    must(isal_inflate(&s) == ISAL_DECOMP_OK && s.block_state == ISAL_BLOCK_FINISH, "isal_inflate");
}
#endif

void by_lz4(bytes const& packed, bytes& out) {
    LZ4F_dctx* c = nullptr;
    LZ4F_createDecompressionContext(&c, LZ4F_VERSION);
    auto produced = out.size();
    auto consumed = packed.size();
    must(LZ4F_decompress(c, out.data(), &produced, packed.data(), &consumed, nullptr) == 0, "LZ4F_decompress");
    LZ4F_freeDecompressionContext(c);
}

void by_zstd(bytes const& packed, bytes& out) {
    must(ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size()) == out.size(), "ZSTD_decompress");
}

void by_codec(decompressor& d, bytes const& packed, std::size_t input, bytes& output, std::size_t expected) {
    d.reset();
    std::size_t total = 0;
    for (std::size_t at = 0; at < packed.size();) {
        auto const e = d.expand(std::span(packed).subspan(at, std::min(input, packed.size() - at)), output);
        must(e.status != expansion_status::failed, "expand");
        at += e.consumed;
        total += e.produced;
    }
    while (total < expected) total += d.expand({}, output).produced;
    must(d.finish() && total == expected, "finish");
}

// Processor time of this thread, so that a busy machine does not matter.
double seconds_of(std::function<void()> const& work) {
    auto const now = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    auto const begin = now();
    work();
    return now() - begin;
}

double median(std::vector<double> all) {
    std::ranges::sort(all);
    return all[all.size() / 2];
}

struct contender {
    char const* name;
    bytes (*pack)(bytes const&);
    std::unique_ptr<decompressor> codec;
    void (*library)(bytes const& packed, bytes& out);
};

void compare(contender& c, char const* data, bytes const& plain, settings const& s) {
    auto const packed = c.pack(plain);
    bytes all(plain.size());
    bytes output(s.output);
    std::vector<double> codec;
    std::vector<double> library;
    for (std::size_t run = 0; run <= s.runs; ++run) {
        auto const one = seconds_of([&] { by_codec(*c.codec, packed, s.input, output, plain.size()); });
        auto const other = seconds_of([&] { c.library(packed, all); });
        must(all == plain, "the library's output");
        if (run == 0) continue;  // warms up pages and caches
        codec.push_back(one);
        library.push_back(other);
    }
    auto const megabytes = static_cast<double>(plain.size()) / 1e6;
    auto const ratio = static_cast<double>(plain.size()) / static_cast<double>(packed.size());
    std::printf("%-12s %-6s %6.2f %12.0f %12.0f %8.2f\n", c.name, data, ratio, megabytes / median(codec),
                megabytes / median(library), median(library) / median(codec));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        using enum aisle::codec::compression;
        using aisle::codec::after_end;
        auto const s = read_settings(argc, argv);
        std::vector<contender> all;
#ifdef AISLE_HAS_ISAL
        all.push_back(
            {"gzip, ISA-L", gzipped, make_gzip_decompressor(make_isal_inflater(), after_end::zero_padding), by_isal});
#endif
        all.push_back(
            {"gzip, zlib", gzipped, make_gzip_decompressor(make_zlib_inflater(), after_end::zero_padding), by_zlib});
        all.push_back({"lz4", lz4_packed, make_decompressor(lz4, after_end::zero_padding), by_lz4});
        all.push_back({"zstd", zstd_packed, make_decompressor(zstd, after_end::zero_padding), by_zstd});
        std::printf("%-12s %-6s %6s %12s %12s %8s\n", "", "data", "packed", "codec MB/s", "library MB/s", "ratio");
        auto const size = s.mib * 1024 * 1024;
        for (auto& c : all) {
            compare(c, "text", text(size), s);
            compare(c, "noise", noise(size), s);
        }
    } catch (std::exception const& e) {
        std::fprintf(stderr, "bench_inflate: %s\n", e.what());
        return 1;
    }
}

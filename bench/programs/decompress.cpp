// The bare decompressor: a captured answer's body, without its chunk framing, decompressed over and over into one
// reused buffer of 256 KiB. --answer=FILE --format=.tgz|.tar.lz4 --samples=N (in the file) --repeat=N. gzip uses ISA-L
// if the build has it, as in Aisle, and otherwise zlib.

#include "job.hpp"

#include <lz4frame.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string_view>
#ifdef AISLE_HAS_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace {

std::string body_of(std::string const& answer) {
    std::string body;
    auto at = answer.find("\r\n\r\n") + 4;
    while (true) {
        auto const size = std::strtoull(answer.c_str() + at, nullptr, 16);
        if (size == 0) return body;
        at = answer.find("\r\n", at) + 2;
        body.append(answer, at, size);
        at += size + 2;
    }
}

#ifdef AISLE_HAS_ISAL
std::uint64_t gunzip(std::string& body, std::vector<unsigned char>& out) {
    inflate_state state;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    state.next_in = reinterpret_cast<unsigned char*>(body.data());
    state.avail_in = static_cast<std::uint32_t>(body.size());
    std::uint64_t bytes = 0;
    while (state.block_state != ISAL_BLOCK_FINISH) {
        state.next_out = out.data();
        state.avail_out = static_cast<std::uint32_t>(out.size());
        if (isal_inflate(&state) != ISAL_DECOMP_OK) throw std::runtime_error("gzip data is damaged");
        bytes += out.size() - state.avail_out;
    }
    return bytes;
}
#else
std::uint64_t gunzip(std::string& body, std::vector<unsigned char>& out) {
    z_stream z{};
    inflateInit2(&z, 15 + 16);
    z.next_in = reinterpret_cast<unsigned char*>(body.data());
    z.avail_in = static_cast<unsigned>(body.size());
    std::uint64_t bytes = 0;
    for (int state = Z_OK; state != Z_STREAM_END;) {
        z.next_out = out.data();
        z.avail_out = static_cast<unsigned>(out.size());
        state = ::inflate(&z, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END) throw std::runtime_error("gzip data is damaged");
        bytes += out.size() - z.avail_out;
    }
    inflateEnd(&z);
    return bytes;
}
#endif

std::uint64_t unlz4(std::string const& body, std::vector<unsigned char>& out) {
    LZ4F_dctx* context = nullptr;
    LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
    std::uint64_t bytes = 0;
    for (std::size_t at = 0; at < body.size();) {
        std::size_t in = body.size() - at, made = out.size();
        auto const hint = LZ4F_decompress(context, out.data(), &made, body.data() + at, &in, nullptr);
        if (LZ4F_isError(hint)) throw std::runtime_error("lz4 data is damaged");
        at += in;
        bytes += made;
    }
    LZ4F_freeDecompressionContext(context);
    return bytes;
}

}  // namespace

int main(int argc, char** argv) try {
    std::map<std::string, std::string> o = {{"answer", ""}, {"format", ".tgz"}, {"samples", "1"}, {"repeat", "1"}};
    for (int i = 1; i < argc; ++i) {
        std::string const arg = argv[i];
        auto const eq = arg.find('=');
        if (eq == arg.npos || !o.contains(arg.substr(2, eq - 2))) throw std::runtime_error("unknown option: " + arg);
        o[arg.substr(2, eq - 2)] = arg.substr(eq + 1);
    }
    std::ifstream file(o["answer"], std::ios::binary);
    std::string const answer((std::istreambuf_iterator<char>(file)), {});
    if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error("no answer in " + o["answer"]);
    auto body = body_of(answer);
    auto const repeat = std::strtoull(o["repeat"].c_str(), nullptr, 10);
    auto const samples = std::strtoull(o["samples"].c_str(), nullptr, 10);
    std::vector<unsigned char> out(256 * 1024);
    std::uint64_t bytes = 0;
    bench::stopwatch watch;
    for (std::uint64_t i = 0; i < repeat; ++i) bytes += o["format"] == ".tgz" ? gunzip(body, out) : unlz4(body, out);
    watch.stop();
    watch.print(samples * repeat, bytes);
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_decompress: %s\n", e.what());
    return 1;
}

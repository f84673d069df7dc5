#include <aisle/codec/compressor.hpp>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <utility>
#include <vector>

namespace aisle::codec {
namespace {

// The libraries fail only for want of memory, as they are used here.
void must(bool done) {
    if (!done) throw std::bad_alloc();
}

// Where a library writes to before it is known how much it has to say.
class scratch {
public:
    explicit scratch(std::size_t bytes) : bytes_(bytes) {}

    // Appends what `fill(place, room)` writes, as many bytes as it returns.
    template <class Fill>
    void append_to(std::string& out, Fill fill) {
        out.append(bytes_.data(), fill(bytes_.data(), bytes_.size()));
    }

private:
    std::vector<char> bytes_;
};

constexpr std::size_t piece_bytes = 64 * 1024;

class gzip_compressor : public compressor {
public:
    gzip_compressor() {
        constexpr int level = 1;              // AIStore: gzip.BestSpeed
        constexpr int window_bits = 15 + 16;  // 16: with a gzip header
        constexpr int memory_level = 8;       // zlib's default
        constexpr int unknown_system = 255;   // RFC 1952, section 2.3.1: what Go writes
        must(deflateInit2(&stream_, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) == Z_OK);
        header_.os = unknown_system;
        deflateSetHeader(&stream_, &header_);
    }
    ~gzip_compressor() override { deflateEnd(&stream_); }

    void write(std::string& out, std::string_view bytes) override {
        while (!bytes.empty()) {
            auto const n = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
            // zlib does not write to its input; its type is older than const.
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
            stream_.avail_in = static_cast<uInt>(n);
            run(out, Z_NO_FLUSH);
            bytes.remove_prefix(n);
        }
    }

    void finish(std::string& out) override { run(out, Z_FINISH); }

private:
    void run(std::string& out, int flush) {
        do {
            room_.append_to(out, [&](char* place, std::size_t room) {
                stream_.next_out = reinterpret_cast<Bytef*>(place);
                stream_.avail_out = static_cast<uInt>(room);
                deflate(&stream_, flush);
                return room - stream_.avail_out;
            });
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
    scratch room_{piece_bytes};
    gz_header header_{};
};

class lz4_compressor : public compressor {
public:
    // Room for a piece, and for the block that may be waiting in front of it.
    lz4_compressor() : room_(LZ4F_compressBound(piece_bytes, &preferences_)) {
        must(LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)) == 0);
    }
    ~lz4_compressor() override { LZ4F_freeCompressionContext(context_); }

    void write(std::string& out, std::string_view bytes) override {
        begin(out);
        while (!bytes.empty()) {
            auto const piece = bytes.substr(0, piece_bytes);
            room_.append_to(out, [&](char* place, std::size_t room) {
                return good(LZ4F_compressUpdate(context_, place, room, piece.data(), piece.size(), nullptr));
            });
            bytes.remove_prefix(piece.size());
        }
    }

    void finish(std::string& out) override {
        begin(out);
        room_.append_to(
            out, [&](char* place, std::size_t room) { return good(LZ4F_compressEnd(context_, place, room, nullptr)); });
    }

private:
    static std::size_t good(std::size_t n) {
        must(LZ4F_isError(n) == 0);
        return n;
    }

    void begin(std::string& out) {
        if (std::exchange(begun_, true)) return;
        room_.append_to(out, [&](char* place, std::size_t room) {
            return good(LZ4F_compressBegin(context_, place, room, &preferences_));
        });
    }

    // Everything else, checksums and size, is off by default.
    static LZ4F_preferences_t as_aistore() noexcept {
        LZ4F_preferences_t p{};
        p.frameInfo.blockSizeID = LZ4F_max256KB;
        p.frameInfo.blockMode = LZ4F_blockIndependent;
        return p;
    }

    LZ4F_preferences_t preferences_ = as_aistore();
    LZ4F_cctx* context_ = nullptr;
    scratch room_;
    bool begun_ = false;
};

class zstd_compressor : public compressor {
public:
    zstd_compressor() : context_(ZSTD_createCCtx()) {
        must(context_ != nullptr);
        constexpr int level = 3;
        ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
    }
    ~zstd_compressor() override { ZSTD_freeCCtx(context_); }

    void write(std::string& out, std::string_view bytes) override { run(out, bytes, ZSTD_e_continue); }
    void finish(std::string& out) override { run(out, {}, ZSTD_e_end); }

private:
    void run(std::string& out, std::string_view bytes, ZSTD_EndDirective what) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        for (bool done = false; !done;) {
            room_.append_to(out, [&](char* place, std::size_t room) {
                ZSTD_outBuffer to{place, room, 0};
                auto const left = ZSTD_compressStream2(context_, &to, &in, what);
                must(ZSTD_isError(left) == 0);
                done = what == ZSTD_e_end ? left == 0 : in.pos == in.size;
                return to.pos;
            });
        }
    }

    ZSTD_CCtx* context_;
    scratch room_{piece_bytes};
};

}  // namespace

std::unique_ptr<compressor> make_compressor(compression c) {
    switch (c) {
        case compression::gzip: return std::make_unique<gzip_compressor>();
        case compression::lz4: return std::make_unique<lz4_compressor>();
        case compression::zstd: return std::make_unique<zstd_compressor>();
        case compression::none: break;
    }
    return nullptr;
}

}  // namespace aisle::codec

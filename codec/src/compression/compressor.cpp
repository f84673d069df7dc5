#include <aisle/codec/compression/compressor.hpp>

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

// As used here, the libraries fail only if they cannot allocate memory.
void check_allocated(bool done) {
    if (!done) throw std::bad_alloc();
}

// Output buffer for libraries that cannot say in advance how much they will write.
class scratch {
public:
    explicit scratch(std::size_t bytes) : bytes_(bytes) {}

    // Appends what `fill(data, size)` writes; it returns the number of bytes.
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
        check_allocated(deflateInit2(&stream_, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) ==
                        Z_OK);
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
            buffer_.append_to(out, [&](char* data, std::size_t size) {
                stream_.next_out = reinterpret_cast<Bytef*>(data);
                stream_.avail_out = static_cast<uInt>(size);
                deflate(&stream_, flush);
                return size - stream_.avail_out;
            });
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
    scratch buffer_{piece_bytes};
    gz_header header_{};
};

class lz4_compressor : public compressor {
public:
    // Space for one piece, and for the block that may still be waiting before it.
    lz4_compressor() : buffer_(LZ4F_compressBound(piece_bytes, &preferences_)) {
        check_allocated(LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)) == 0);
    }
    ~lz4_compressor() override { LZ4F_freeCompressionContext(context_); }

    void write(std::string& out, std::string_view bytes) override {
        begin(out);
        while (!bytes.empty()) {
            auto const piece = bytes.substr(0, piece_bytes);
            buffer_.append_to(out, [&](char* data, std::size_t size) {
                return good(LZ4F_compressUpdate(context_, data, size, piece.data(), piece.size(), nullptr));
            });
            bytes.remove_prefix(piece.size());
        }
    }

    void finish(std::string& out) override {
        begin(out);
        buffer_.append_to(
            out, [&](char* data, std::size_t size) { return good(LZ4F_compressEnd(context_, data, size, nullptr)); });
    }

private:
    static std::size_t good(std::size_t n) {
        check_allocated(LZ4F_isError(n) == 0);
        return n;
    }

    void begin(std::string& out) {
        if (std::exchange(begun_, true)) return;
        buffer_.append_to(out, [&](char* data, std::size_t size) {
            return good(LZ4F_compressBegin(context_, data, size, &preferences_));
        });
    }

    // Everything else, such as checksums and content size, is off by default.
    static LZ4F_preferences_t as_aistore() noexcept {
        LZ4F_preferences_t p{};
        p.frameInfo.blockSizeID = LZ4F_max256KB;
        p.frameInfo.blockMode = LZ4F_blockIndependent;
        return p;
    }

    LZ4F_preferences_t preferences_ = as_aistore();
    LZ4F_cctx* context_ = nullptr;
    scratch buffer_;
    bool begun_ = false;
};

class zstd_compressor : public compressor {
public:
    zstd_compressor() : context_(ZSTD_createCCtx()) {
        check_allocated(context_ != nullptr);
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
            buffer_.append_to(out, [&](char* data, std::size_t size) {
                ZSTD_outBuffer to{data, size, 0};
                auto const left = ZSTD_compressStream2(context_, &to, &in, what);
                check_allocated(ZSTD_isError(left) == 0);
                done = what == ZSTD_e_end ? left == 0 : in.pos == in.size;
                return to.pos;
            });
        }
    }

    ZSTD_CCtx* context_;
    scratch buffer_{piece_bytes};
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

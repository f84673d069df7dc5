#include "inflate.hpp"
#include "streaming_decompressor.hpp"

#include <zlib.h>

#include <new>

namespace aisle::codec {
namespace {

constexpr std::size_t zlib_bytes = 40 * 1024;  // its state, and the window of 32 KiB

constexpr int raw_deflate = -MAX_WBITS;  // negative: no zlib header, and the largest window

class zlib_inflater final : public streaming_decompressor {
public:
    zlib_inflater() {
        if (inflateInit2(&stream_, raw_deflate) != Z_OK) throw std::bad_alloc();
    }
    ~zlib_inflater() override { inflateEnd(&stream_); }

    std::size_t memory() const noexcept override { return sizeof *this + zlib_bytes; }

protected:
    expansion advance(std::span<std::byte const> input, std::span<std::byte> output) override {
        expansion done;
        for (;;) {
            auto const in = portion(input.subspan(done.consumed));
            auto const out = portion(output.subspan(done.produced));
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
            stream_.avail_in = static_cast<uInt>(in.size());
            stream_.next_out = reinterpret_cast<Bytef*>(out.data());
            stream_.avail_out = static_cast<uInt>(out.size());
            auto const result = inflate(&stream_, Z_NO_FLUSH);
            auto const consumed = in.size() - stream_.avail_in;
            auto const produced = out.size() - stream_.avail_out;
            done.consumed += consumed;
            done.produced += produced;
            if (result == Z_STREAM_END) {
                done.status = expansion_status::end;
                return done;
            }
            // Z_BUF_ERROR: no progress without more input or more output space, which is not an error here.
            if (result != Z_OK && result != Z_BUF_ERROR) return failed(result, done);
            if (done.produced == output.size()) {
                done.status = expansion_status::need_output;
                return done;
            }
            if (done.consumed == input.size()) return done;
            if (consumed + produced == 0) return failed(Z_STREAM_ERROR, done);
        }
    }

    bool is_whole() const noexcept override { return false; }
    void restart() override { inflateReset(&stream_); }
    std::string stops() const override { return "the deflate stream ends before the end of its last block"; }

private:
    expansion failed(int result, expansion done) {
        if (result == Z_MEM_ERROR) throw std::bad_alloc();
        fail(errc::bad_archive, bytes_read() + done.consumed,
             std::string("damaged deflate stream: ") + (stream_.msg ? stream_.msg : "the decoder made no progress"));
        done.status = expansion_status::failed;
        return done;
    }

    z_stream stream_{};
};

}  // namespace

std::unique_ptr<decompressor> make_zlib_inflater() {
    return std::make_unique<zlib_inflater>();
}

}  // namespace aisle::codec

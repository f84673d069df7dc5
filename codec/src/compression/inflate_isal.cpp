#include "inflate.hpp"
#include "streaming_decompressor.hpp"

#include <isa-l/igzip_lib.h>

namespace aisle::codec {
namespace {

char const* message_of(int result) noexcept {
    switch (result) {
        case ISAL_INVALID_BLOCK: return "invalid block";
        case ISAL_INVALID_SYMBOL: return "invalid Huffman code";
        case ISAL_INVALID_LOOKBACK: return "distance too far back";
        default: return "the decoder made no progress";
    }
}

std::size_t distance(std::byte const* begin, std::uint8_t const* end) noexcept {
    return static_cast<std::size_t>(end - reinterpret_cast<std::uint8_t const*>(begin));
}

// ISA-L decodes ahead of the output buffer, and loads input ahead of decoding: up to 64 bits are in `read_in`.
class isal_inflater final : public streaming_decompressor {
public:
    isal_inflater() { isal_inflate_init(&state_); }

    std::size_t memory() const noexcept override { return sizeof *this; }

protected:
    expansion advance(std::span<std::byte const> input, std::span<std::byte> output) override {
        expansion done;
        for (;;) {
            auto const in = portion(input.subspan(done.consumed));
            auto const out = portion(output.subspan(done.produced));
            state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(in.data()));
            state_.avail_in = static_cast<std::uint32_t>(in.size());
            state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
            state_.avail_out = static_cast<std::uint32_t>(out.size());
            auto const result = isal_inflate(&state_);
            auto consumed = distance(in.data(), state_.next_in);
            if (result < 0) return failed(result, consumed, done);
            auto const produced = distance(out.data(), state_.next_out);
            if (may_have_read_beyond()) consumed -= give_back(consumed);
            done.consumed += consumed;
            done.produced += produced;
            if (state_.block_state == ISAL_BLOCK_FINISH) {
                done.status = expansion_status::end;
                return done;
            }
            if (done.produced == output.size()) {
                done.status = expansion_status::need_output;
                return done;
            }
            if (done.consumed == input.size()) return done;
            if (consumed + produced == 0) return failed(result, consumed, done);
        }
    }

    bool is_whole() const noexcept override { return false; }
    void restart() override { isal_inflate_reset(&state_); }
    std::string stops() const override { return "the deflate stream ends before the end of its last block"; }

private:
    // If decoding stopped for lack of input, all loaded bits lie before the stream's end: they belong to an incomplete
    // code, or to a block header (whose bytes ISA-L keeps in two places, in order).
    bool may_have_read_beyond() const noexcept {
        if (state_.block_state == ISAL_BLOCK_HDR) return false;
        return state_.avail_out == 0 || state_.block_state == ISAL_BLOCK_INPUT_DONE ||
               state_.block_state == ISAL_BLOCK_FINISH;
    }

    // Unloads the whole bytes of this input that were loaded but not decoded. They are read again, by this decoder or
    // by the reader of what follows the stream. Bytes loaded from earlier inputs did not complete a code, so they are
    // never part of what follows the end.
    std::size_t give_back(std::size_t consumed) noexcept {
        auto const loaded = static_cast<std::size_t>(state_.read_in_length) / 8;
        auto const bytes = std::min(loaded, consumed);
        state_.read_in_length -= static_cast<std::int32_t>(8 * bytes);
        if (bytes != 0) state_.read_in &= (std::uint64_t{1} << state_.read_in_length) - 1;
        return bytes;
    }

    // The output of the failed step does not count: ISA-L advances over a copy before it detects that the distance is
    // too far back, so the last bytes may be garbage. (avail_in and avail_out are wrong then, too.)
    expansion failed(int result, std::size_t consumed, expansion done) {
        done.consumed += consumed;
        fail(errc::bad_archive, bytes_read() + done.consumed,
             std::string("damaged deflate stream: ") + message_of(result));
        done.status = expansion_status::failed;
        return done;
    }

    inflate_state state_;
};

}  // namespace

std::unique_ptr<decompressor> make_isal_inflater() {
    return std::make_unique<isal_inflater>();
}

}  // namespace aisle::codec

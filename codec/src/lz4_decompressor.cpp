#include "frame_decompressor.hpp"

#include <lz4frame.h>

#include <new>

namespace aisle::codec {
namespace {

// LZ4 frame format 1.6, "General Structure of LZ4 Frame format".
constexpr std::array legacy_magic = {std::byte{0x02}, std::byte{0x21}, std::byte{0x4c}, std::byte{0x18}};
constexpr std::size_t flags_at = 4;
constexpr std::size_t block_size_at = 5;
constexpr std::byte has_dictionary{1};

struct known_fault {
    std::string_view name;  // of LZ4F_getErrorName()
    char const* words;
};
constexpr known_fault known_faults[] = {
    {"ERROR_headerChecksum_invalid", "its header's checksum does not fit"},
    {"ERROR_blockChecksum_invalid", "a block's checksum does not fit"},
    {"ERROR_contentChecksum_invalid", "its content's checksum does not fit"},
    {"ERROR_frameSize_wrong", "its content is not as long as its header says"},
    {"ERROR_decompressionFailed", "a block's bytes are none that a compressor writes"},
};

std::string words_of(std::size_t result) {
    std::string_view const name = LZ4F_getErrorName(result);
    for (auto const& k : known_faults)
        if (name == k.name) return k.words;
    return std::string(name);
}

class lz4_decompressor final : public frame_decompressor {
public:
    explicit lz4_decompressor(after_end follows) : frame_decompressor("lz4", "frame", lz4_magic, follows) {
        if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) throw std::bad_alloc();
    }
    ~lz4_decompressor() override { LZ4F_freeDecompressionContext(context_); }

    std::size_t memory() const noexcept override { return sizeof *this + buffers_; }

protected:
    std::size_t open(std::span<std::byte const> header) override {
        if (header.size() < LZ4F_MIN_SIZE_TO_KNOW_HEADER_LENGTH) return LZ4F_MIN_SIZE_TO_KNOW_HEADER_LENGTH;
        auto const size = LZ4F_headerSize(header.data(), header.size());
        if (LZ4F_isError(size)) {
            fail_here(frame_offset(), size);
            return header.size();
        }
        if (header.size() < size) return size;
        if ((header[flags_at] & has_dictionary) != std::byte{0}) {
            fail(errc::unsupported, frame_offset(), "an lz4 frame that needs a dictionary");
            return size;
        }
        buffers_ = std::max(buffers_, buffers_of(header[block_size_at]));
        std::size_t consumed = header.size();
        std::size_t produced = 0;
        std::byte nowhere{};
        auto const result = LZ4F_decompress(context_, &nowhere, &produced, header.data(), &consumed, nullptr);
        if (LZ4F_isError(result)) fail_here(frame_offset(), result);
        return size;
    }

    expansion decode(std::span<std::byte const> input, std::span<std::byte> output) override {
        expansion done;
        for (;;) {
            auto consumed = input.size() - done.consumed;
            auto produced = output.size() - done.produced;
            auto const result = LZ4F_decompress(context_, output.data() + done.produced, &produced,
                                                input.data() + done.consumed, &consumed, nullptr);
            if (LZ4F_isError(result)) {
                fail_here(offset() + done.consumed, result);
                done.status = expansion_status::failed;
                return done;
            }
            done.consumed += consumed;
            done.produced += produced;
            done.status = result == 0                      ? expansion_status::end
                          : done.produced == output.size() ? expansion_status::need_output
                          : done.consumed == input.size()  ? expansion_status::need_input
                                                           : expansion_status::failed;
            if (done.status != expansion_status::failed) return done;
            if (consumed + produced == 0) {
                fail(errc::bad_archive, offset() + done.consumed, "the lz4 frame leads nowhere");
                return done;
            }
        }
    }

    void abandon() override { LZ4F_resetDecompressionContext(context_); }

    std::string_view refused(std::span<std::byte const> magic) const noexcept override {
        return std::ranges::equal(magic, legacy_magic) ? "lz4's legacy format (lz4 -l) is not read, only frames" : "";
    }

private:
    void fail_here(std::uint64_t at, std::size_t result) {
        if (std::string_view(LZ4F_getErrorName(result)) == "ERROR_allocation_failed") throw std::bad_alloc();
        fail(errc::bad_archive, at, "the lz4 frame is damaged: " + words_of(result));
    }

    // A block as it comes, another decompressed, and 64 KiB of history on either side of that, as the library has them.
    static std::size_t buffers_of(std::byte block_size) noexcept {
        auto const code = std::to_integer<unsigned>(block_size) >> 4 & 7;  // 4 to 7: 64 KiB, 256 KiB, 1 MiB, 4 MiB
        return 2 * (std::size_t{64 * 1024} << (2 * (std::max(code, 4u) - 4))) + 128 * 1024;
    }

    LZ4F_dctx* context_ = nullptr;
    std::size_t buffers_ = 0;  // of the largest blocks so far
};

}  // namespace

std::unique_ptr<decompressor> make_lz4_decompressor(after_end follows) {
    return std::make_unique<lz4_decompressor>(follows);
}

}  // namespace aisle::codec

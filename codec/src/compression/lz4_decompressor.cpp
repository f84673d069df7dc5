#include "frame_decompressor.hpp"

#include <lz4frame.h>

#include <algorithm>
#include <new>

namespace aisle::codec {
namespace {

// LZ4 frame format 1.6, "General Structure of LZ4 Frame format".
constexpr std::array legacy_magic = {std::byte{0x02}, std::byte{0x21}, std::byte{0x4c}, std::byte{0x18}};
constexpr std::size_t flags_at = 4;
constexpr std::byte has_dictionary{1};
constexpr std::size_t block_size_at = 5;
constexpr std::size_t state_bytes = 256;
constexpr std::size_t history_bytes = 128 * 1024;

struct known_fault {
    std::string_view name;  // from LZ4F_getErrorName()
    char const* text;
};
constexpr known_fault known_faults[] = {
    {"ERROR_headerChecksum_invalid", "header checksum mismatch"},
    {"ERROR_blockChecksum_invalid", "block checksum mismatch"},
    {"ERROR_contentChecksum_invalid", "content checksum mismatch"},
    {"ERROR_frameSize_wrong", "the content size differs from the header"},
    {"ERROR_decompressionFailed", "corrupt block"},
};

std::string message_of(std::size_t result) {
    std::string_view const name = LZ4F_getErrorName(result);
    for (auto const& k : known_faults)
        if (name == k.name) return k.text;
    return std::string(name);
}

class lz4_decompressor final : public frame_decompressor {
public:
    lz4_decompressor(after_end follows, std::size_t max_block_bytes)
        : frame_decompressor("lz4", "frame", lz4_magic, follows), max_block_bytes_(max_block_bytes) {
        if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) throw std::bad_alloc();
    }
    ~lz4_decompressor() override { LZ4F_freeDecompressionContext(context_); }

    // The library has a buffer for a compressed block, and one for the decompressed block with the history before it.
    std::size_t memory() const noexcept override {
        return sizeof *this + state_bytes + (largest_block_ != 0 ? 2 * largest_block_ + history_bytes : 0);
    }

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
            fail(errc::unsupported, frame_offset(), "lz4 frame that needs a dictionary");
            return size;
        }
        auto const block = block_bytes_of(header);
        if (block > max_block_bytes_) {
            fail(errc::limit_exceeded, frame_offset(),
                 "lz4 frame with blocks of " + std::to_string(block >> 10) + " KiB; the limit is " +
                     std::to_string(max_block_bytes_ >> 10) + " KiB");
            return size;
        }
        largest_block_ = std::max(largest_block_, block);
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
                fail(errc::bad_archive, offset() + done.consumed, "damaged lz4 frame: the decoder made no progress");
                return done;
            }
        }
    }

    void abandon() override { LZ4F_resetDecompressionContext(context_); }

    std::string_view refused(std::span<std::byte const> magic) const noexcept override {
        return std::ranges::equal(magic, legacy_magic) ? "lz4's legacy format (lz4 -l) is not supported" : "";
    }

private:
    void fail_here(std::uint64_t at, std::size_t result) {
        if (std::string_view(LZ4F_getErrorName(result)) == "ERROR_allocation_failed") throw std::bad_alloc();
        fail(errc::bad_archive, at, "damaged lz4 frame: " + message_of(result));
    }

    // 64 KiB, 256 KiB, 1 MiB or 4 MiB; the library rejects other values.
    static std::size_t block_bytes_of(std::span<std::byte const> header) noexcept {
        auto const id = (std::to_integer<unsigned>(header[block_size_at]) >> 4) & 7u;
        return id < 4 ? 0 : std::size_t{1} << (8 + 2 * id);
    }

    LZ4F_dctx* context_ = nullptr;
    std::size_t max_block_bytes_;
    std::size_t largest_block_ = 0;
};

}  // namespace

std::unique_ptr<decompressor> make_lz4_decompressor(after_end follows, std::size_t max_window_bytes) {
    return std::make_unique<lz4_decompressor>(follows, max_window_bytes);
}

}  // namespace aisle::codec

#define ZSTD_STATIC_LINKING_ONLY  // for ZSTD_createDCtx_advanced, which the shared library has too
#include "frame_decompressor.hpp"

#include <aisle/large_memory.hpp>

#include <zstd.h>
#include <zstd_errors.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>

namespace aisle::codec {
namespace {

constexpr std::size_t frame_descriptor_at = 4;

// Magic, descriptor, and the fields that the descriptor declares (RFC 8878, section 3.1.1.1).
std::size_t frame_header_bytes(std::byte descriptor) noexcept {
    constexpr std::array<std::size_t, 4> dictionary_id_bytes{0, 1, 2, 4};
    constexpr std::array<std::size_t, 4> content_size_bytes{0, 2, 4, 8};
    auto const bits = std::to_integer<unsigned>(descriptor);
    bool const is_single_segment = (bits & 0x20) != 0;
    auto const of_content = content_size_bytes[bits >> 6];
    return frame_descriptor_at + 1 + (is_single_segment ? 0 : 1) + dictionary_id_bytes[bits & 3] +
           (is_single_segment && of_content == 0 ? 1 : of_content);
}

std::string size_text(std::size_t bytes) {
    return bytes >> 20 != 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

// Memory for zstd. A window takes several MiB: on glibc's heap, windows freed after their responses added up to 60 MiB,
// with a memory budget of 16 MiB.
constexpr std::size_t least_large = std::size_t{256} << 10;
constexpr std::size_t size_field = alignof(std::max_align_t) * 4;  // before each block: its total size

void* take(void*, std::size_t bytes) noexcept {
    std::size_t const whole = bytes + size_field;
    try {
        auto* const at =
            whole < least_large ? static_cast<std::byte*>(::operator new(whole)) : detail::large_memory::take(whole);
        std::memcpy(at, &whole, sizeof whole);
        return at + size_field;
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

void give_back(void*, void* block) noexcept {
    if (!block) return;
    auto* const at = static_cast<std::byte*>(block) - size_field;
    std::size_t whole = 0;
    std::memcpy(&whole, at, sizeof whole);
    if (whole < least_large)
        ::operator delete(at);
    else
        detail::large_memory::give_back(at, whole);
}

class zstd_decompressor final : public frame_decompressor {
public:
    zstd_decompressor(after_end follows, std::size_t max_window_bytes)
        : frame_decompressor("zstd", "frame", zstd_magic, follows),
          context_(ZSTD_createDCtx_advanced({take, give_back, nullptr})),
          window_log_(std::bit_width(max_window_bytes) - 1) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, static_cast<int>(window_log_));
    }
    ~zstd_decompressor() override { ZSTD_freeDCtx(context_); }

    std::size_t memory() const noexcept override { return sizeof *this + ZSTD_sizeof_DCtx(context_); }

protected:
    // zstd gets the whole header at once. If it got only the magic and then a large input, it would take the bytes
    // after the magic for the start of a frame, and skip a frame whose header looks like that of a skippable one.
    std::size_t open(std::span<std::byte const> header) override {
        if (header.size() <= frame_descriptor_at) return frame_descriptor_at + 1;
        auto const bytes = frame_header_bytes(header[frame_descriptor_at]);
        if (header.size() < bytes) return bytes;
        ZSTD_inBuffer in{header.data(), header.size(), 0};
        std::byte nowhere{};
        ZSTD_outBuffer out{&nowhere, 0, 0};
        auto const result = ZSTD_decompressStream(context_, &out, &in);
        if (ZSTD_isError(result)) fail_here(frame_offset() + frame_descriptor_at, result);
        holds_output_ = false;
        return header.size();
    }

    expansion decode(std::span<std::byte const> input, std::span<std::byte> output) override {
        expansion done;
        // zstd treats repeated calls without input as a hang.
        if (input.empty() && !holds_output_) return done;
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{output.data(), output.size(), 0};
        for (;;) {
            auto const result = ZSTD_decompressStream(context_, &out, &in);
            bool const moved = in.pos != done.consumed || out.pos != done.produced;
            done.consumed = in.pos;
            done.produced = out.pos;
            holds_output_ = out.pos == out.size;
            if (ZSTD_isError(result)) {
                fail_here(offset() + in.pos, result);
                done.status = expansion_status::failed;
                return done;
            }
            done.status = result == 0         ? expansion_status::end
                          : holds_output_     ? expansion_status::need_output
                          : in.pos == in.size ? expansion_status::need_input
                                              : expansion_status::failed;
            if (done.status != expansion_status::failed) return done;
            if (!moved) {
                fail(errc::bad_archive, offset() + in.pos, "damaged zstd frame: the decoder made no progress");
                return done;
            }
        }
    }

    void abandon() override { ZSTD_DCtx_reset(context_, ZSTD_reset_session_only); }

    std::string_view refused(std::span<std::byte const> magic) const noexcept override {
        constexpr std::byte first_old{0x22};
        constexpr std::byte last_old{0x27};
        bool const old = magic[0] >= first_old && magic[0] <= last_old;
        return old && std::ranges::equal(magic.subspan(1), std::span(zstd_magic).subspan(1))
                   ? "zstd frame of a version before 0.8"
                   : "";
    }

private:
    void fail_here(std::uint64_t at, std::size_t result) {
        switch (ZSTD_getErrorCode(result)) {
            case ZSTD_error_memory_allocation: throw std::bad_alloc();
            case ZSTD_error_frameParameter_windowTooLarge:
                return fail(errc::limit_exceeded, frame_offset(),
                            "zstd frame with a window over " + size_text(std::size_t{1} << window_log_) +
                                ": compress it with --long=" + std::to_string(window_log_) + " or less");
            case ZSTD_error_dictionary_wrong:
                return fail(errc::unsupported, frame_offset(), "zstd frame that needs a dictionary");
            case ZSTD_error_checksum_wrong:
                return fail(errc::bad_archive, at, "damaged zstd frame: content checksum mismatch");
            default:
                return fail(errc::bad_archive, at, std::string("damaged zstd frame: ") + ZSTD_getErrorName(result));
        }
    }

    ZSTD_DCtx* context_;
    std::size_t window_log_;
    bool holds_output_ = false;  // decoded bytes are waiting because the output was full
};

}  // namespace

std::unique_ptr<decompressor> make_zstd_decompressor(after_end follows, std::size_t max_window_bytes) {
    return std::make_unique<zstd_decompressor>(follows, max_window_bytes);
}

}  // namespace aisle::codec

#include "../checksum/hex.hpp"
#include "../little_endian.hpp"
#include "frame_decompressor.hpp"
#include "inflate.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <cstring>

namespace aisle::codec {
namespace {

// RFC 1952, sections 2.3 and 2.3.1.
constexpr std::size_t fixed_header_bytes = 10;
constexpr std::byte method_deflate{8};
enum flag : unsigned { has_header_crc = 2, has_extra = 4, has_name = 8, has_comment = 16, reserved = 0xe0 };
constexpr std::size_t trailer_bytes = 8;

class gzip_decompressor final : public frame_decompressor {
public:
    gzip_decompressor(std::unique_ptr<decompressor> inflater, after_end follows)
        : frame_decompressor("gzip", "member", gzip_magic, follows), inflater_(std::move(inflater)) {}

    std::size_t memory() const noexcept override { return sizeof *this + inflater_->memory(); }

protected:
    std::size_t open(std::span<std::byte const> header) override {
        if (header.size() < fixed_header_bytes) return fixed_header_bytes;
        flags_ = std::to_integer<unsigned>(header[3]);
        if (header[2] != method_deflate)
            fail(errc::unsupported, frame_offset() + 2,
                 "gzip member with compression method " + std::to_string(std::to_integer<unsigned>(header[2])) +
                     "; only 8 (deflate) is supported");
        else if ((flags_ & reserved) != 0)
            fail(errc::bad_archive, frame_offset() + 3, "reserved flags are set in a gzip member's header");
        header_crc_ = crc32(0, header);
        abandon();
        return fixed_header_bytes;
    }

    expansion decode(std::span<std::byte const> input, std::span<std::byte> output) override {
        expansion done;
        for (bool passed = true; passed;) {
            auto const rest = input.subspan(done.consumed);
            switch (field_) {
                case field::extra_length:
                    passed = (flags_ & has_extra) == 0 || gather_header(rest, 2, done);
                    if (!passed) break;
                    extra_ = (flags_ & has_extra) != 0 ? little_endian_16(gathered_bytes_) : 0;
                    next(field::extra);
                    break;
                case field::extra:
                    skip_header(rest.first(std::min(extra_, rest.size())), done);
                    extra_ -= std::min(extra_, rest.size());
                    passed = extra_ == 0;
                    if (passed) next(field::name);
                    break;
                case field::name:
                    passed = (flags_ & has_name) == 0 || skip_text(rest, done);
                    if (passed) next(field::comment);
                    break;
                case field::comment:
                    passed = (flags_ & has_comment) == 0 || skip_text(rest, done);
                    if (passed) next(field::header_crc);
                    break;
                case field::header_crc:
                    passed = (flags_ & has_header_crc) == 0 || (gather(rest, 2, done) && header_crc_fits(done));
                    if (!passed) break;
                    next(field::body);
                    body_offset_ = offset() + done.consumed;
                    break;
                case field::body: passed = inflate(rest, output, done); break;
                case field::trailer:
                    passed = false;
                    if (!gather(rest, trailer_bytes, done)) break;
                    check_trailer(done);
                    done.status = expansion_status::end;
                    break;
            }
        }
        if (has_failed()) done.status = expansion_status::failed;
        return done;
    }

    void abandon() override {
        next(field::extra_length);
        inflater_->reset();
        crc_ = size_ = 0;
    }

    std::string_view refused(std::span<std::byte const>) const noexcept override { return {}; }

private:
    enum class field : std::uint8_t { extra_length, extra, name, comment, header_crc, body, trailer };

    void next(field f) noexcept {
        field_ = f;
        gathered_ = 0;
    }

    // The functions that read a field return whether it is complete. If not, the input is exhausted or fail() was
    // called.

    bool gather(std::span<std::byte const> input, std::size_t size, expansion& done) noexcept {
        auto const n = std::min(size - gathered_, input.size());
        if (n != 0) std::memcpy(gathered_bytes_.data() + gathered_, input.data(), n);
        gathered_ += n;
        done.consumed += n;
        return gathered_ == size;
    }

    bool gather_header(std::span<std::byte const> input, std::size_t size, expansion& done) noexcept {
        auto const before = gathered_;
        bool const all = gather(input, size, done);
        header_crc_ = crc32(header_crc_, input.first(gathered_ - before));
        return all;
    }

    void skip_header(std::span<std::byte const> bytes, expansion& done) noexcept {
        header_crc_ = crc32(header_crc_, bytes);
        done.consumed += bytes.size();
    }

    // Skips up to and including the terminating zero.
    bool skip_text(std::span<std::byte const> input, expansion& done) noexcept {
        auto const zero = std::ranges::find(input, std::byte{0});
        bool const all = zero != input.end();
        skip_header(input.first(static_cast<std::size_t>(zero - input.begin()) + (all ? 1 : 0)), done);
        return all;
    }

    bool header_crc_fits(expansion const& done) {
        if (little_endian_16(gathered_bytes_) == (header_crc_ & 0xffff)) return true;
        fail(errc::bad_archive, offset() + done.consumed - 2, "checksum mismatch in a gzip member's header");
        return false;
    }

    bool inflate(std::span<std::byte const> input, std::span<std::byte> output, expansion& done) {
        auto const step = inflater_->expand(input, output);
        done.consumed += step.consumed;
        done.produced += step.produced;
        done.status = step.status;
        crc_ = crc32(crc_, output.first(step.produced));
        size_ += static_cast<std::uint32_t>(step.produced);
        if (step.status == expansion_status::failed) {
            auto const& why = inflater_->failure();
            fail(errc::bad_archive, body_offset_ + why.offset.value_or(0), "in a gzip member: " + why.text);
        }
        if (step.status != expansion_status::end) return false;
        done.status = expansion_status::need_input;
        next(field::trailer);
        return true;
    }

    void check_trailer(expansion const& done) {
        auto const at = offset() + done.consumed - trailer_bytes;
        auto const crc = little_endian_32(gathered_bytes_);
        auto const size = little_endian_32(std::span(gathered_bytes_).subspan(4));
        if (crc != crc_)
            fail(errc::bad_archive, at,
                 "CRC-32 mismatch in a gzip member: expected " + hex_of(crc) + ", computed " + hex_of(crc_) +
                     "; its data is damaged");
        else if (size != size_)
            fail(errc::bad_archive, at + 4,
                 "size mismatch in a gzip member: expected " + std::to_string(size) +
                     " bytes (modulo 4 GiB), decompressed " + std::to_string(size_));
    }

    std::unique_ptr<decompressor> inflater_;
    std::array<std::byte, trailer_bytes> gathered_bytes_{};
    std::size_t gathered_ = 0;
    std::size_t extra_ = 0;  // bytes left of the extra field
    std::uint64_t body_offset_ = 0;
    unsigned flags_ = 0;
    std::uint32_t header_crc_ = 0;
    std::uint32_t crc_ = 0;
    std::uint32_t size_ = 0;  // modulo 2^32, like the trailer's
    field field_ = field::extra_length;
};

}  // namespace

std::unique_ptr<decompressor> make_gzip_decompressor(std::unique_ptr<decompressor> inflater, after_end follows) {
    return std::make_unique<gzip_decompressor>(std::move(inflater), follows);
}

}  // namespace aisle::codec

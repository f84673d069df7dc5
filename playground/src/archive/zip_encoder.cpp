#include "archive_encoder.hpp"

#include <aisle/codec/zip/zip_writer.hpp>

#include <span>

namespace aisle::playground {
namespace {

constexpr std::size_t buffer_bytes = 4096;      // Go's zip.Writer writes through a bufio.Writer of this default size
constexpr std::size_t local_header_bytes = 30;  // APPNOTE.TXT 6.3.10, section 4.3.7, without name and extra

class zip_encoder : public archive_encoder {
public:
    zip_encoder() { piece_.begin_collecting(); }

    bool begin_member(archive_writer& to, member_header const& header) override {
        text_.clear();
        if (!zip_.begin_entry(text_, header.name, header.modified_seconds)) return false;
        if (header.damaged) text_[local_header_bytes] ^= 0x01;  // the name then differs from the one in the directory
        write(to, text_);
        return true;
    }

    bool data(archive_writer& to, stored_object const& from, std::uint64_t offset, std::size_t size) override {
        piece_.collected().clear();
        auto const whole = piece_.copy(from, offset, size);
        zip_.data(std::as_bytes(std::span(piece_.collected())));
        write(to, piece_.collected());
        return whole;
    }

    void end_member(archive_writer& to) override {
        text_.clear();
        zip_.end_entry(text_);
        write(to, text_);
    }

    std::string finish(archive_ending how) override {
        if (how.in_member) zip_.end_entry(buffer_);
        if (how.marked) zip_.finish(buffer_);
        return std::move(buffer_);
    }

private:
    // Like bufio.Writer.Write: a write that does not fit fills the buffer and flushes it; a write that is larger than
    // the empty buffer bypasses it.
    void write(archive_writer& to, std::string_view text) {
        while (text.size() > buffer_bytes - buffer_.size()) {
            if (buffer_.empty()) {
                to.put(text);
                return;
            }
            auto const n = buffer_bytes - buffer_.size();
            buffer_ += text.substr(0, n);
            text.remove_prefix(n);
            to.put(buffer_);
            buffer_.clear();
        }
        buffer_ += text;
    }

    codec::zip_writer zip_;
    archive_writer piece_;
    std::string text_;
    std::string buffer_;
};

}  // namespace

std::unique_ptr<archive_encoder> make_zip_encoder() {
    return std::make_unique<zip_encoder>();
}

}  // namespace aisle::playground

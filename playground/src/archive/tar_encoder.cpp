#include "archive_encoder.hpp"

#include <aisle/codec/tar/tar_header.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

// The only encoder that copies the payload just once, from the object into the response.
class tar_encoder : public archive_encoder {
public:
    bool begin_member(archive_writer& to, member_header const& header) override {
        text_.clear();
        if (!codec::append_tar_header(text_, header.name, header.size, header.modified_seconds)) return false;
        if (header.damaged) text_[text_.size() - codec::tar_block_bytes] ^= 0x01;
        size_ = header.size;
        // Go writes a header block by block.
        for (std::string_view rest = text_; !rest.empty();) {
            auto const n = std::min(rest.size(), codec::tar_block_bytes);
            to.put(rest.substr(0, n));
            rest.remove_prefix(n);
        }
        return true;
    }

    bool data(archive_writer& to, stored_object const& from, std::uint64_t offset, std::size_t size) override {
        return to.copy(from, offset, size);
    }

    void end_member(archive_writer& to) override {
        text_.clear();
        codec::append_tar_padding(text_, size_);
        to.put(text_);
    }

    std::string finish(archive_ending how) override {
        std::string end;
        if (how.marked && !how.in_member) codec::append_tar_end(end);
        return end;
    }

private:
    std::string text_;
    std::uint64_t size_ = 0;  // of the member
};

}  // namespace

std::unique_ptr<archive_encoder> make_tar_encoder() {
    return std::make_unique<tar_encoder>();
}

std::unique_ptr<archive_encoder> make_archive_encoder(output_format format) {
    switch (format) {
        case output_format::tar: return make_tar_encoder();
        case output_format::zip: return make_zip_encoder();
        case output_format::tgz:
        case output_format::tar_lz4:
        case output_format::tar_zst: break;
    }
    return make_compressed_tar_encoder(format);
}

}  // namespace aisle::playground

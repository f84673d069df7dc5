#include "archive_encoder.hpp"

#include <aisle/codec/compression/compressor.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

namespace aisle::playground {
namespace {

codec::compression compression_of(output_format format) noexcept {
    switch (format) {
        case output_format::tgz: return codec::compression::gzip;
        case output_format::tar_lz4: return codec::compression::lz4;
        case output_format::tar_zst: return codec::compression::zstd;
        case output_format::tar:
        case output_format::zip: break;
    }
    return codec::compression::none;
}

// Compresses a tar. AIStore behaviour: the compressor is not flushed between members, so the archive of a small batch
// is sent only at its end.
class compressed_tar_encoder : public archive_encoder {
public:
    explicit compressed_tar_encoder(output_format format)
        : packer_(codec::make_compressor(compression_of(format))), tar_(make_tar_encoder()) {
        plain_.begin_collecting();
    }

    bool begin_member(archive_writer& to, member_header const& header) override {
        if (!tar_->begin_member(plain_, header)) return false;
        pack(to);
        return true;
    }

    bool data(archive_writer& to, stored_object const& from, std::uint64_t offset, std::size_t size) override {
        auto const whole = tar_->data(plain_, from, offset, size);
        pack(to);
        return whole;
    }

    void end_member(archive_writer& to) override {
        tar_->end_member(plain_);
        pack(to);
    }

    std::string finish(archive_ending how) override {
        packed_.clear();
        packer_->write(packed_, tar_->finish(how));
        packer_->finish(packed_);
        return std::move(packed_);
    }

private:
    void pack(archive_writer& to) {
        packed_.clear();
        packer_->write(packed_, plain_.collected());
        plain_.collected().clear();
        to.put(packed_);
    }

    std::unique_ptr<codec::compressor> packer_;
    std::unique_ptr<archive_encoder> tar_;
    archive_writer plain_;
    std::string packed_;
};

}  // namespace

std::unique_ptr<archive_encoder> make_compressed_tar_encoder(output_format format) {
    return std::make_unique<compressed_tar_encoder>(format);
}

}  // namespace aisle::playground

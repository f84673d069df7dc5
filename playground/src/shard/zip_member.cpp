#include "zip_member.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/compression/decompressor.hpp>
#include <aisle/codec/zip/zip_records.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace aisle::playground {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

// Consumes the data of a member: counts it, computes the CRC, and keeps it if required.
class taken {
public:
    taken(shard_index::place const& place, bool keep) : place_(place), keep_(keep) {}

    // False if there is more data than the directory says.
    bool take(std::span<std::byte const> data) {
        crc_ = codec::crc32(crc_, data);
        size_ += data.size();
        if (size_ > place_.size) return false;
        if (keep_) out_.bytes.append(reinterpret_cast<char const*>(data.data()), data.size());
        return true;
    }

    unpacked ended(std::string damage) {
        out_.damage = std::move(damage);
        if (out_.damage.empty() && size_ < place_.size) out_.damage = "unexpected EOF";
        if (out_.damage.empty() && crc_ != place_.crc) out_.damage = "zip: checksum error";
        return std::move(out_);
    }

private:
    shard_index::place const& place_;
    bool keep_;
    unpacked out_;
    std::uint64_t size_ = 0;
    std::uint32_t crc_ = 0;
};

}  // namespace

std::optional<std::uint64_t> zip_data_offset(stored_object const& shard, shard_index::place const& place) {
    std::array<std::byte, codec::zip_local_header_bytes> header{};
    if (shard.read(place.offset, header) < header.size()) return std::nullopt;
    std::span<std::byte const, codec::zip_local_header_bytes> const fixed(header);
    if (codec::signature_of(fixed.first<codec::zip_signature_bytes>()) != codec::zip_signature::local_header)
        return std::nullopt;
    return place.offset + codec::whole_size(fixed);
}

unpacked read_zip_member(stored_object const& shard, std::uint64_t offset, shard_index::place const& place, bool keep) {
    taken to(place, keep);
    auto const inflater = place.method == codec::zip_deflated ? codec::make_inflater() : nullptr;
    std::vector<std::byte> packed(static_cast<std::size_t>(std::min<std::uint64_t>(place.packed_size, piece_bytes)));
    std::vector<std::byte> plain(inflater ? piece_bytes : 0);
    bool ended = false;
    for (std::uint64_t done = 0; done < place.packed_size && !ended;) {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(packed.size(), place.packed_size - done));
        std::span<std::byte const> input(packed.data(), shard.read(offset + done, std::span(packed).first(wanted)));
        if (input.empty()) break;
        done += input.size();
        if (!inflater) {
            if (!to.take(input)) return to.ended("zip: not a valid zip file");
            continue;
        }
        for (bool more = true; (more || !input.empty()) && !ended;) {
            auto const step = inflater->expand(input, plain);
            input = input.subspan(step.consumed);
            more = step.status == codec::expansion_status::need_output;
            ended = step.status == codec::expansion_status::end;
            if (!to.take(std::span(plain).first(step.produced))) return to.ended("zip: not a valid zip file");
            if (step.status == codec::expansion_status::failed) return to.ended("flate: corrupt input");
        }
    }
    return to.ended({});
}

}  // namespace aisle::playground

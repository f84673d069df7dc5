#include "shard_stream.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

}  // namespace

shard_stream::shard_stream(stored_object const& shard, shard_kind kind) : shard_(shard), kind_(kind) {
    if (kind == shard_kind::tar) return;
    auto const packing = kind == shard_kind::tgz ? codec::compression::gzip : codec::compression::lz4;
    unpacker_ = codec::make_decompressor(packing, codec::after_end::zero_padding);
    packed_.resize(static_cast<std::size_t>(std::clamp<std::uint64_t>(shard.size(), 1, piece_bytes)));
}

void shard_stream::broken(error const& why) {
    over_ = true;
    damage_ = why.code == errc::truncated_archive ? "unexpected EOF"
                                                  : (kind_ == shard_kind::tgz ? "gzip: " : "lz4: ") + why.text;
}

bool shard_stream::refill() {
    at_ = 0;
    end_ = shard_.read(offset_, packed_);
    offset_ += end_;
    if (end_ > 0) return true;
    over_ = true;
    if (!unpacker_->finish()) broken(unpacker_->failure());
    return false;
}

std::size_t shard_stream::read(std::span<std::byte> out) {
    if (!unpacker_) {
        auto const n = shard_.read(offset_, out);
        offset_ += n;
        return n;
    }
    std::size_t done = 0;
    while (done < out.size() && !over_) {
        if (at_ == end_ && !more_to_come_ && !refill()) break;
        auto const step = unpacker_->expand(std::span(packed_).subspan(at_, end_ - at_), out.subspan(done));
        at_ += step.consumed;
        done += step.produced;
        more_to_come_ = step.status == codec::expansion_status::need_output;
        if (step.status == codec::expansion_status::end) over_ = true;
        if (step.status == codec::expansion_status::failed) broken(unpacker_->failure());
    }
    return done;
}

bool shard_stream::skip(std::uint64_t bytes) {
    if (!unpacker_) {
        offset_ += bytes;
        return offset_ <= shard_.size();
    }
    std::vector<std::byte> nowhere(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece_bytes)));
    while (bytes > 0) {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, nowhere.size()));
        if (read(std::span(nowhere).first(wanted)) < wanted) return false;
        bytes -= wanted;
    }
    return true;
}

}  // namespace aisle::playground

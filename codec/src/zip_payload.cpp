// How zip_reader reads what stands between two local headers.
#include <aisle/codec/checksum.hpp>
#include <aisle/codec/zip_reader.hpp>

#include <algorithm>

namespace aisle::codec {
namespace {

std::size_t min_size(std::uint64_t a, std::size_t b) noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(a, b));
}

}  // namespace

zip_reader::maybe_event zip_reader::on_measured() {
    auto const left = *size_told_ - measured_.size;
    if (left == 0) return end_payload();
    if (at_ == end_) return starved();
    std::span const data(at_, min_size(left, available()));
    at_ += data.size();
    measured_.crc = crc32(measured_.crc, data);
    measured_.size += data.size();
    measured_.compressed_size = measured_.size;
    return event{event_kind::entry_data, data};
}

zip_reader::maybe_event zip_reader::on_unmeasured() {
    if (at_ == end_) return starved();
    found_ = scan_.look(unread());
    std::span const data(at_, found_.data);
    at_ += data.size();
    if (found_.ended) state_ = state::found;
    if (data.empty()) return std::nullopt;
    return event{event_kind::entry_data, data};
}

zip_reader::maybe_event zip_reader::on_found() {
    at_ += found_.skip;
    carry_.assign(found_.overrun.begin(), found_.overrun.end());
    measured_ = scan_.measured();
    if (crc_told_ && *crc_told_ != measured_.crc)
        return fail(errc::bad_archive, data_offset_, "a member's data descriptor and local header tell different CRCs");
    return end_entry(found_.take_back);
}

zip_reader::maybe_event zip_reader::on_deflated() {
    if (inflated_) return end_deflated();
    if (at_ == end_ && !more_output_) {
        if (!compressed_told_ || measured_.compressed_size < *compressed_told_) return starved();
        return fail(errc::bad_archive, data_offset_, "a member's compressed data go on beyond their size");
    }
    return inflate();
}

zip_reader::maybe_event zip_reader::inflate() {
    auto input = unread();
    if (compressed_told_) input = input.first(min_size(*compressed_told_ - measured_.compressed_size, input.size()));
    partial_payload hold{held_, entry_remaining()};
    std::byte excess;  // room for what a member of known size must not have
    std::span<std::byte> room(&excess, 1);
    bool const complete = size_told_ && measured_.size == *size_told_;
    if (!complete) {
        room = out_.prepare(hold);
        if (size_told_) room = room.first(min_size(*size_told_ - measured_.size, room.size()));
    }
    auto const step = inflater_->expand(input, room);
    at_ += step.consumed;
    measured_.compressed_size += step.consumed;
    more_output_ = step.status == expansion_status::need_output;
    inflated_ = step.status == expansion_status::end;
    if (step.status == expansion_status::failed) {
        // Where exactly, and after how much output, depends on the split of the input: a decoder looks ahead.
        return fail(errc::bad_archive, data_offset_, "a member's compressed data: " + inflater_->failure().text);
    }
    if (step.produced == 0) {
        if (!more_output_ && !inflated_ && compressed_told_ && measured_.compressed_size == *compressed_told_)
            return fail(errc::bad_archive, data_offset_, "a member's compressed data go on beyond their size");
        return std::nullopt;
    }
    if (complete) return fail(errc::bad_archive, data_offset_, "a member expands to more than its size");
    auto const data = room.first(step.produced);
    out_.commit(data.size());
    out_.consume(data.size());
    measured_.crc = crc32(measured_.crc, data);
    measured_.size += data.size();
    return event{event_kind::entry_data, data, &out_.slab()};
}

zip_reader::maybe_event zip_reader::end_deflated() {
    if (compressed_told_ && measured_.compressed_size != *compressed_told_)
        return fail(errc::bad_archive, data_offset_, "a member's compressed data end before their size");
    if (size_told_ && measured_.size != *size_told_)
        return fail(errc::bad_archive, data_offset_, "a member expands to less than its size");
    return end_payload();
}

// The payload ended by itself; now its checksum.
zip_reader::maybe_event zip_reader::end_payload() {
    if (crc_told_ && *crc_told_ != measured_.crc)
        return fail(errc::bad_archive, data_offset_, "a member's payload does not have the CRC of its header");
    if (!has_descriptor_) return end_entry(0);
    state_ = state::descriptor;
    return std::nullopt;
}

zip_reader::maybe_event zip_reader::on_descriptor() {
    auto const bytes = peek<zip_descriptor_bytes>();
    if (!bytes) return starved();
    auto const length = match_descriptor(*bytes, measured_);
    if (length == 0)
        return fail(errc::bad_archive, record_offset(),
                    "no data descriptor of this member here: its CRC or sizes are other than they were");
    drop(length);
    return end_entry(0);
}

event zip_reader::end_entry(std::size_t take_back) {
    directory_.add(entry_.offset, method_, measured_, name_);
    entry_.size = measured_.size;
    entry_.size_known = true;
    in_entry_ = false;
    state_ = state::record;
    bool const inflated = method_ == zip_deflated && measured_.size != 0;
    return {event_kind::entry_end, {}, inflated ? &out_.slab() : nullptr, take_back};
}

}  // namespace aisle::codec

// The part of zip_reader that reads between two local headers.

#include "../min_size.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/zip/zip_reader.hpp>

#include <algorithm>

namespace aisle::codec {

zip_reader::maybe_event zip_reader::on_measured() {
    auto const left = *declared_size_ - measured_.size;
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
    found_ = scan_.scan(unread());
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
    if (declared_crc_ && *declared_crc_ != measured_.crc)
        return fail(errc::bad_archive, data_offset_, "CRC differs between a member's data descriptor and local header");
    return end_entry(found_.take_back);
}

zip_reader::maybe_event zip_reader::on_deflated() {
    if (inflated_) return end_deflated();
    if (at_ == end_ && !more_output_) {
        if (!declared_compressed_ || measured_.compressed_size < *declared_compressed_) return starved();
        return fail(errc::bad_archive, data_offset_, "a member's compressed data exceeds its declared size");
    }
    return inflate();
}

zip_reader::maybe_event zip_reader::inflate() {
    auto input = unread();
    if (declared_compressed_)
        input = input.first(min_size(*declared_compressed_ - measured_.compressed_size, input.size()));
    partial_payload hold{held_, held_ ? entry_remaining() : 0};
    std::byte excess;  // a member of known size must not produce another byte
    std::span<std::byte> space(&excess, 1);
    bool const complete = declared_size_ && measured_.size == *declared_size_;
    if (!complete) {
        space = out_.prepare(hold);
        if (declared_size_) space = space.first(min_size(*declared_size_ - measured_.size, space.size()));
    }
    auto const step = inflater_->expand(input, space);
    at_ += step.consumed;
    measured_.compressed_size += step.consumed;
    more_output_ = step.status == expansion_status::need_output;
    inflated_ = step.status == expansion_status::end;
    if (step.status == expansion_status::failed) {
        // The exact offset, and the output before it, depend on the split of the input: a decoder reads ahead.
        return fail(errc::bad_archive, data_offset_, "in a member's compressed data: " + inflater_->failure().text);
    }
    if (step.produced == 0) {
        if (!more_output_ && !inflated_ && declared_compressed_ && measured_.compressed_size == *declared_compressed_)
            return fail(errc::bad_archive, data_offset_, "a member's compressed data exceeds its declared size");
        return std::nullopt;
    }
    if (complete) return fail(errc::bad_archive, data_offset_, "a member expands to more than its declared size");
    auto const data = space.first(step.produced);
    out_.commit(data.size());
    out_.consume(data.size());
    measured_.crc = crc32(measured_.crc, data);
    measured_.size += data.size();
    return event{event_kind::entry_data, data, &out_.slab()};
}

zip_reader::maybe_event zip_reader::end_deflated() {
    if (declared_compressed_ && measured_.compressed_size != *declared_compressed_)
        return fail(errc::bad_archive, data_offset_, "a member's compressed data ends before its declared size");
    if (declared_size_ && measured_.size != *declared_size_)
        return fail(errc::bad_archive, data_offset_, "a member expands to less than its declared size");
    return end_payload();
}

// The payload is complete; its checksum comes next.
zip_reader::maybe_event zip_reader::end_payload() {
    if (declared_crc_ && *declared_crc_ != measured_.crc)
        return fail(errc::bad_archive, data_offset_, "a member's payload does not match the CRC in its header");
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
                    "the data descriptor does not match the member's CRC and sizes");
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

#include <aisle/codec/zip/zip_reader.hpp>

#include <algorithm>

namespace aisle::codec {
namespace {

constexpr std::size_t inflate_bytes = 64 * 1024;  // maximum output of one step

}  // namespace

zip_reader::zip_reader(slab_pool& pool, after_end follows)
    : follows_(follows), out_(pool, slab_pool::min_slab_bytes, inflate_bytes) {
    name_.reserve(256);
}

event zip_reader::next() {
    for (;;) {
        maybe_event step;
        switch (state_) {
            case state::record: step = on_record(); break;
            case state::measured: step = on_measured(); break;
            case state::unmeasured: step = on_unmeasured(); break;
            case state::found: step = on_found(); break;
            case state::deflated: step = on_deflated(); break;
            case state::descriptor: step = on_descriptor(); break;
            case state::comment: step = on_comment(); break;
            case state::ended: return next_after_end();
            case state::failed: return {event_kind::error, {}};
        }
        if (step) return *step;
    }
}

std::uint64_t zip_reader::entry_remaining() const noexcept {
    if (!in_entry_) return 0;
    if (!declared_size_) return guessed_remaining;
    auto const left = *declared_size_ - measured_.size;
    bool const more_to_read = has_descriptor_ || method_ != zip_stored;
    return left == 0 && more_to_read ? 1 : left;
}

// The input is exhausted.
event zip_reader::starved() {
    if (!finished_) return {event_kind::need_input, {}};
    auto const* where = "where a header is expected";
    if (offset() == 0)
        where = "before its first byte";
    else if (state_ == state::measured || state_ == state::deflated)
        where = "inside a member's payload";
    else if (state_ == state::unmeasured)
        where = "inside a member's payload, or that member's data descriptor does not match";
    else if (state_ == state::descriptor)
        where = "inside the data descriptor after a member";
    else if (state_ == state::comment)
        where = "inside its comment";
    else if (directory_.begun())
        where = "inside its central directory";
    else if (!carry_.empty())
        where = "inside a header";
    return fail(errc::truncated_archive, offset(), std::string("the zip archive ends ") + where);
}

event zip_reader::fail(errc code, std::uint64_t at, std::string text) {
    failure_ = error(code, stage::archive, std::move(text));
    failure_.offset = at;
    state_ = state::failed;
    in_entry_ = false;
    return {event_kind::error, {}};
}

// The next bytes of the archive, at least `bytes` of them. Null if they have not all arrived.
std::byte const* zip_reader::peek(std::size_t bytes) {
    if (carry_.empty() && available() >= bytes) return at_;
    if (carry_.size() < bytes) {
        auto const n = std::min(bytes - carry_.size(), available());
        carry_.insert(carry_.end(), at_, at_ + n);
        at_ += n;
    }
    return carry_.size() < bytes ? nullptr : carry_.data();
}

void zip_reader::drop(std::size_t bytes) noexcept {
    if (carry_.empty())
        at_ += bytes;
    else
        carry_.erase(carry_.begin(), carry_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

zip_reader::maybe_event zip_reader::on_record() {
    auto const bytes = peek<zip_signature_bytes>();
    if (!bytes) return starved();
    auto const which = signature_of(*bytes);
    switch (which) {
        case zip_signature::local_header: return on_local_header();
        case zip_signature::central_header: return on_central_header();
        case zip_signature::zip64_end:
        case zip_signature::zip64_locator:
        case zip_signature::end: return on_end_record(which);
        default: return on_unknown(which);
    }
}

event zip_reader::on_unknown(zip_signature which) {
    auto const at = record_offset();
    if (which == zip_signature::lone_segment || (which == zip_signature::descriptor && at == 0))
        return fail(errc::unsupported, at, "split archive");
    if (which == zip_signature::extra_data) return fail(errc::unsupported, at, "encrypted central directory");
    if (which == zip_signature::digital_signature) return fail(errc::unsupported, at, "signed central directory");
    if (at == 0) return fail(errc::bad_archive, at, "not a zip archive: it does not start with a zip header");
    return fail(errc::bad_archive, at, "not a zip header");
}

zip_reader::maybe_event zip_reader::on_local_header() {
    auto const fixed = peek<zip_local_header_bytes>();
    if (!fixed) return starved();
    auto const bytes = whole_size(*fixed);
    auto const* record = peek(bytes);
    if (!record) return starved();
    if (directory_.begun()) return fail(errc::bad_archive, record_offset(), "a member follows the central directory");
    if (directory_.full())
        return fail(errc::limit_exceeded, record_offset(),
                    "more than " + std::to_string(zip_directory::max_entries) + " members");
    zip_local_header header;
    if (auto const fault = decode({record, bytes}, header)) return fail(*fault);
    // Values that the descriptor has are 0 here (APPNOTE 4.4.4), unless the writer knew them in advance.
    has_descriptor_ = (header.flags & zip_flag_descriptor) != 0;
    auto const& declared = header.declared;
    bool const both_declared = !has_descriptor_ || declared.compressed_size != 0;
    if (header.method == zip_stored && both_declared && declared.size != declared.compressed_size)
        return fail(errc::bad_archive, record_offset(), "stored member with two different sizes");
    begin_entry(header, bytes);
    return event{event_kind::entry_begin, {}};
}

void zip_reader::begin_entry(zip_local_header const& header, std::size_t header_bytes) {
    auto const& declared = header.declared;
    declared_crc_.reset();
    declared_compressed_.reset();
    declared_size_.reset();
    if (!has_descriptor_ || declared.crc != 0) declared_crc_ = declared.crc;
    if (!has_descriptor_ || declared.compressed_size != 0) declared_compressed_ = declared.compressed_size;
    if (declared_compressed_ || declared.size != 0) declared_size_ = declared.size;
    method_ = header.method;
    measured_ = {};
    inflated_ = more_output_ = false;
    held_ = nullptr;
    in_entry_ = true;
    name_.assign(header.name);
    entry_.name = name_;
    entry_.size_known = declared_size_.has_value();
    entry_.size = declared_size_.value_or(0);
    entry_.type = name_.ends_with('/') ? entry_type::directory : entry_type::regular;
    entry_.offset = record_offset();
    data_offset_ = entry_.offset + header_bytes;
    drop(header_bytes);
    bool const nothing = declared_compressed_ == 0u && declared_size_ == 0u;  // some tools write folders like this
    if (method_ == zip_deflated && !nothing) {
        if (inflater_)
            inflater_->reset();
        else
            inflater_ = make_inflater();
        state_ = state::deflated;
    } else if (declared_size_) {
        state_ = state::measured;
    } else {
        scan_.begin();
        state_ = state::unmeasured;
    }
}

void zip_reader::expect_size(std::uint64_t size) noexcept {
    assert(in_entry_ && !declared_size_ && measured_.size == 0);
    declared_size_ = size;
    if (state_ == state::unmeasured) state_ = state::measured;
}

zip_reader::maybe_event zip_reader::on_central_header() {
    auto const fixed = peek<zip_central_header_bytes>();
    if (!fixed) return starved();
    auto const bytes = whole_size(*fixed);
    auto const* record = peek(bytes);
    if (!record) return starved();
    zip_central_header header;
    auto fault = decode({record, bytes}, header);
    if (!fault) fault = directory_.confirm(header, record_offset());
    if (fault) return fail(*fault);
    drop(bytes);
    return std::nullopt;
}

zip_reader::maybe_event zip_reader::on_end_record(zip_signature which) {
    auto const at = record_offset();
    if (which == zip_signature::zip64_end) {
        auto const record = peek<zip64_end_bytes>();
        if (!record) return starved();
        if (auto const fault = directory_.confirm_zip64_end(decode_zip64_end(*record), at)) return fail(*fault);
        drop(zip64_end_bytes);
        return std::nullopt;
    }
    if (which == zip_signature::zip64_locator) {
        auto const record = peek<zip64_locator_bytes>();
        if (!record) return starved();
        if (auto const fault = directory_.confirm(decode_zip64_locator(*record))) return fail(*fault);
        drop(zip64_locator_bytes);
        return std::nullopt;
    }
    auto const record = peek<zip_end_bytes>();
    if (!record) return starved();
    auto const end = decode_zip_end(*record);
    if (auto const fault = directory_.confirm_end(end, at)) return fail(*fault);
    drop(zip_end_bytes);
    comment_left_ = end.comment_bytes;
    state_ = state::comment;
    return std::nullopt;
}

zip_reader::maybe_event zip_reader::on_comment() {
    auto const n = std::min<std::size_t>(comment_left_, available());
    at_ += n;
    comment_left_ = static_cast<std::uint16_t>(comment_left_ - n);
    if (comment_left_ != 0) return starved();
    state_ = state::ended;
    return event{event_kind::end, {}};
}

event zip_reader::next_after_end() {
    if (follows_ == after_end::foreign) return {event_kind::end, {}};
    if (at_ != end_) return fail(errc::trailing_archive_data, offset(), "bytes follow the end of the zip archive");
    return {finished_ ? event_kind::end : event_kind::need_input, {}};
}

}  // namespace aisle::codec

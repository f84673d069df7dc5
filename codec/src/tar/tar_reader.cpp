#include "../min_size.hpp"

#include <aisle/base/hex.hpp>
#include <aisle/codec/tar/tar_reader.hpp>

#include <cstring>

namespace aisle::codec {
namespace {

// POSIX.1-2017, pax, "ustar Interchange Format", typeflag; the capital letters are GNU's.
constexpr char type_pax = 'x';
constexpr char type_pax_global = 'g';
constexpr char type_gnu_long_name = 'L';
constexpr char type_gnu_long_link = 'K';
constexpr char type_gnu_sparse = 'S';
constexpr char type_gnu_continued = 'M';

bool is_extension(char type) noexcept {
    return type == type_pax || type == type_pax_global || type == type_gnu_long_name || type == type_gnu_long_link;
}

entry_type entry_type_of(char type) noexcept {
    switch (type) {
        case '\0':
        case '0':
        case '7': return entry_type::regular;
        case '1':
        case '2': return entry_type::link;
        case '5': return entry_type::directory;
        default: return entry_type::other;
    }
}

// Whatever such a header says of its size, no payload follows.
bool is_header_only(char type) noexcept {
    return type >= '1' && type <= '6';
}

std::string quoted(char type) {
    if (type > ' ' && type < '\x7f') return std::string("'") + type + "'";
    std::string out = "0x";
    base::append_hex(out, type);
    return out;
}

}  // namespace

event tar_reader::step() {
    for (;;) {
        switch (state_) {
            case state::payload: return starved();
            case state::header: {
                auto const* block = skip_padding() ? take_block() : nullptr;
                if (!block) return starved();
                tar_header header;
                if (!on_block(decode_tar_header(tar_block(block, tar_block_bytes), header), header)) return failed();
                if (state_ == state::payload) return {event_kind::entry_begin, {}};
                if (state_ == state::ended) return {event_kind::end, {}};
                break;
            }
            case state::extension:
                if (!read_extension()) return starved();
                if (!absorb_extension()) return failed();
                break;
            case state::ended: return next_after_end();
            case state::failed: return failed();
        }
    }
}

// The input is used up.
event tar_reader::starved() {
    if (!finished_) return {event_kind::need_input, {}};
    auto const* where = "where a header or the end mark should be";
    if (offset() == 0)
        where = "before its first byte";
    else if (state_ == state::payload)
        where = "inside a member's payload";
    else if (state_ == state::extension)
        where = "inside an extended header";
    else if (padding_ != 0)
        where = "inside the padding after a member";
    else if (carried_ != 0)
        where = "inside a header";
    else if (one_zero_block_)
        where = "after the first of the end mark's two zero blocks";
    fail(errc::truncated_archive, offset(), std::string("the tar archive stops ") + where);
    return failed();
}

bool tar_reader::skip_padding() {
    auto const n = min_size(padding_, available());
    at_ += n;
    padding_ -= n;
    return padding_ == 0;
}

// The next block: where it lies, or, when it crosses inputs, in carry_. Null while it is not all there.
std::byte const* tar_reader::take_block() {
    if (carried_ == 0 && available() >= tar_block_bytes) {
        block_offset_ = offset();
        auto const* block = at_;
        at_ += tar_block_bytes;
        return block;
    }
    auto const n = min_size(tar_block_bytes - carried_, available());
    if (n != 0) std::memcpy(carry_.data() + carried_, at_, n);
    at_ += n;
    carried_ += n;
    if (carried_ < tar_block_bytes) return nullptr;
    carried_ = 0;
    block_offset_ = offset() - tar_block_bytes;
    return carry_.data();
}

bool tar_reader::on_block(tar_block_kind kind, tar_header const& header) {
    switch (kind) {
        case tar_block_kind::zeros:
            if (pending_) return fail(errc::bad_archive, block_offset_, "an extended header has no member");
            if (one_zero_block_) state_ = state::ended;
            one_zero_block_ = true;
            return true;
        case tar_block_kind::bad_checksum:
            return fail(errc::bad_archive, block_offset_, "no tar header here: its checksum does not fit");
        case tar_block_kind::bad_size:
            return fail(errc::bad_archive, block_offset_, "the size in a tar header is not a number");
        case tar_block_kind::header: break;
    }
    if (one_zero_block_) return fail(errc::bad_archive, block_offset_, "a member follows a lone zero block");
    if (!pending_) header_offset_ = block_offset_;
    return is_extension(header.type) ? begin_extension(header) : begin_entry(header);
}

bool tar_reader::begin_entry(tar_header const& header) {
    entry_.size = header.size;
    entry_.type = entry_type_of(header.type);
    entry_.offset = header_offset_;
    if (amended_) [[unlikely]] {
        if (!amend_entry(header)) return false;
    } else {
        entry_.name = join_name(header);
    }
    if (entry_.type != entry_type::regular) {
        if (header.type == type_gnu_sparse || header.type == type_gnu_continued)
            return fail(errc::unsupported, block_offset_,
                        "members of type " + quoted(header.type) + " (sparse, or continued from another volume)");
        if (is_header_only(header.type)) entry_.size = 0;
    } else if (header.type == '\0' && entry_.name.ends_with('/')) {
        entry_.type = entry_type::directory;  // v7 had no type for it
    }
    remaining_ = entry_.size;
    state_ = state::payload;
    return true;
}

// The block may be overwritten before the next one comes, so the name is copied.
std::string_view tar_reader::join_name(tar_header const& header) noexcept {
    auto* to = joined_.data();
    if (!header.prefix.empty()) {
        to = std::copy(header.prefix.begin(), header.prefix.end(), to);
        *to++ = '/';
    }
    to = std::copy(header.name.begin(), header.name.end(), to);
    return {joined_.data(), to};
}

// A member's own records go before global ones, those before the header block. A GNU long name goes before a PAX path,
// as in Go's archive/tar, with which AIStore reads shards.
bool tar_reader::amend_entry(tar_header const& header) {
    if (local_.sparse || global_.sparse)
        return fail(errc::unsupported, header_offset_, "a sparse member (GNU.sparse records)");
    auto const& path = local_.path ? local_.path : global_.path;
    if (has_long_name_)
        entry_.name = amended_name_.assign(long_name_);
    else if (path && !path->empty())
        entry_.name = amended_name_.assign(*path);
    else
        entry_.name = join_name(header);
    if (local_.size) {
        entry_.size = *local_.size;
    } else if (global_.size && !local_.size_deleted) {
        entry_.size = *global_.size;
    }
    local_ = {};
    has_long_name_ = false;
    pending_ = false;
    amended_ = has_global_;
    return true;
}

bool tar_reader::begin_extension(tar_header const& header) {
    if (header.size > max_extension_bytes)
        return fail(errc::limit_exceeded, block_offset_,
                    "an extended header of " + std::to_string(header.size) + " bytes; at most " +
                        std::to_string(max_extension_bytes) + " are read");
    extension_type_ = header.type;
    extension_remaining_ = header.size;
    padding_ = tar_padding(header.size);
    extension_.clear();
    if (header.type != type_pax_global) pending_ = true;
    state_ = state::extension;
    return true;
}

bool tar_reader::read_extension() {
    auto const n = min_size(extension_remaining_, available());
    if (n != 0) extension_.append(reinterpret_cast<char const*>(at_), n);
    at_ += n;
    extension_remaining_ -= n;
    return extension_remaining_ == 0;
}

bool tar_reader::absorb_extension() {
    state_ = state::header;
    amended_ = true;
    if (extension_type_ == type_gnu_long_link) return true;
    if (extension_type_ == type_gnu_long_name) {
        long_name_.assign(extension_, 0, extension_.find('\0'));
        has_long_name_ = true;
        if (long_name_.size() <= max_name_bytes) return true;
        return fail_name_too_long();
    }
    bool const global = extension_type_ == type_pax_global;
    has_global_ = has_global_ || global;
    switch (parse_pax(extension_, max_name_bytes, global ? global_ : local_)) {
        case pax_status::ok: return true;
        case pax_status::malformed: return fail(errc::bad_archive, block_offset_, "damaged PAX records");
        case pax_status::name_too_long: break;
    }
    return fail_name_too_long();
}

event tar_reader::next_after_end() {
    if (follows_ == after_end::foreign) return {event_kind::end, {}};
    for (; at_ != end_; ++at_, ++trailing_) {
        if (*at_ != std::byte{0}) {
            fail(errc::trailing_archive_data, offset(), "bytes other than zero after the tar archive's end mark");
            return failed();
        }
        if (trailing_ == max_trailing_bytes) {
            fail(errc::trailing_archive_data, offset(),
                 "more than " + std::to_string(max_trailing_bytes) + " bytes after the tar archive's end mark");
            return failed();
        }
    }
    return {finished_ ? event_kind::end : event_kind::need_input, {}};
}

bool tar_reader::fail_name_too_long() {
    return fail(errc::limit_exceeded, block_offset_, "a member name over " + std::to_string(max_name_bytes) + " bytes");
}

bool tar_reader::fail(errc code, std::uint64_t at, std::string text) {
    failure_ = error(code, stage::archive, std::move(text));
    failure_.offset = at;
    state_ = state::failed;
    remaining_ = 0;
    return false;
}

}  // namespace aisle::codec

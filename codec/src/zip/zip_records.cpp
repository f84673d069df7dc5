#include <aisle/codec/zip/zip_records.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace aisle::codec {
namespace {

constexpr std::uint16_t zip64_field = 0x0001;     // 4.5.3
constexpr std::uint32_t in_zip64 = 0xffff'ffff;   // 4.4.8, 4.4.9, 4.4.16
constexpr std::uint16_t disk_in_zip64 = 0xffff;   // 4.4.13
constexpr std::uint64_t zip64_end_declared = 44;  // of the fixed part, without signature and size field (4.3.14.1)

// Reads consecutive little-endian numbers from a record.
class fields {
public:
    explicit fields(std::span<std::byte const> bytes) noexcept : at_(bytes.data()), end_(at_ + bytes.size()) {}

    template <class Number>
    Number take() noexcept {
        Number number = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            number = static_cast<Number>(number | static_cast<Number>(std::to_integer<Number>(at_[i]) << (8 * i)));
        at_ += sizeof(Number);
        return number;
    }
    std::uint16_t u16() noexcept { return take<std::uint16_t>(); }
    std::uint32_t u32() noexcept { return take<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return take<std::uint64_t>(); }
    void skip(std::size_t n) noexcept { at_ += n; }
    std::span<std::byte const> bytes(std::size_t n) noexcept {
        std::span const out(at_, n);
        at_ += n;
        return out;
    }
    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

private:
    std::byte const* at_;
    std::byte const* end_;
};

std::string_view text_of(std::span<std::byte const> bytes) noexcept {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// The data of the zip64 field among the extra fields (4.5.1). Bytes at their end that are no field are padding.
std::span<std::byte const> find_zip64(std::span<std::byte const> extra) noexcept {
    for (fields f(extra); f.left() >= 4;) {
        auto const id = f.u16();
        auto const size = f.u16();
        if (size > f.left()) break;
        auto const data = f.bytes(size);
        if (id == zip64_field) return data;
    }
    return {};
}

// Replaces the numbers that are all ones by those of the zip64 field, which has only these, in this order. False if
// they are missing there.
bool take_zip64(std::span<std::byte const> extra, zip_measures& declared, std::uint64_t* offset, std::uint32_t* disk) {
    bool const disk_there = disk && *disk == disk_in_zip64;
    if (declared.size != in_zip64 && declared.compressed_size != in_zip64 && !(offset && *offset == in_zip64) &&
        !disk_there)
        return true;
    fields f(find_zip64(extra));
    for (auto* number : {&declared.size, &declared.compressed_size, offset}) {
        if (!number || *number != in_zip64) continue;
        if (f.left() < 8) return false;
        *number = f.u64();
    }
    if (!disk_there) return true;
    if (f.left() < 4) return false;
    *disk = f.u32();
    return true;
}

std::optional<zip_fault> refuse(zip_local_header const& h) noexcept {
    if ((h.flags & (zip_flag_encrypted | zip_flag_strong_encryption)) != 0)
        return zip_fault{errc::unsupported, "encrypted member"};
    if ((h.flags & zip_flag_patched) != 0) return zip_fault{errc::unsupported, "member with patched data"};
    if ((h.flags & zip_flag_masked) != 0)
        return zip_fault{errc::unsupported, "masked header: the central directory is encrypted"};
    if (h.method != zip_stored && h.method != zip_deflated)
        return zip_fault{errc::unsupported, "member that is neither stored nor deflated"};
    return std::nullopt;
}

}  // namespace

zip_signature signature_of(std::span<std::byte const, zip_signature_bytes> bytes) noexcept {
    return zip_signature{fields(bytes).u32()};
}

std::size_t whole_size(std::span<std::byte const, zip_local_header_bytes> fixed) noexcept {
    fields lengths(fixed.last(4));
    std::size_t size = zip_local_header_bytes;
    for (int i = 0; i < 2; ++i) size += lengths.u16();
    return size;
}

std::size_t whole_size(std::span<std::byte const, zip_central_header_bytes> fixed) noexcept {
    fields lengths(fixed.subspan(28));
    std::size_t size = zip_central_header_bytes;
    for (int i = 0; i < 3; ++i) size += lengths.u16();
    return size;
}

std::optional<zip_fault> decode(std::span<std::byte const> record, zip_local_header& out) noexcept {
    fields f(record);
    f.skip(6);  // signature, version needed: flags and method show what is needed
    out.flags = f.u16();
    out.method = f.u16();
    f.skip(4);  // time and date
    out.declared.crc = f.u32();
    out.declared.compressed_size = f.u32();
    out.declared.size = f.u32();
    auto const name_bytes = f.u16();
    auto const extra_bytes = f.u16();
    out.name = text_of(f.bytes(name_bytes));
    if (auto why = refuse(out)) return why;
    if (!take_zip64(f.bytes(extra_bytes), out.declared, nullptr, nullptr))
        return zip_fault{errc::bad_archive, "local header without the zip64 field that its sizes refer to"};
    return std::nullopt;
}

std::optional<zip_fault> decode(std::span<std::byte const> record, zip_central_header& out) noexcept {
    fields f(record);
    f.skip(8);  // signature, made by, version needed
    out.flags = f.u16();
    out.method = f.u16();
    f.skip(4);  // time and date
    out.declared.crc = f.u32();
    out.declared.compressed_size = f.u32();
    out.declared.size = f.u32();
    auto const name_bytes = f.u16();
    auto const extra_bytes = f.u16();
    f.skip(2);  // comment length
    out.disk = f.u16();
    f.skip(6);  // attributes
    out.offset = f.u32();
    out.name = text_of(f.bytes(name_bytes));
    if (!take_zip64(f.bytes(extra_bytes), out.declared, &out.offset, &out.disk))
        return zip_fault{errc::bad_archive, "central header without the zip64 field that it refers to"};
    return std::nullopt;
}

zip_end_record decode_zip64_end(std::span<std::byte const, zip64_end_bytes> record) noexcept {
    fields f(record);
    f.skip(4);
    zip_end_record out;
    out.extensible_bytes = f.u64() - zip64_end_declared;  // too small a size wraps around and is seen as too large
    f.skip(4);                                            // made by, version needed
    out.disk = f.u32();
    out.directory_disk = f.u32();
    out.entries_here = f.u64();
    out.entries = f.u64();
    out.directory_bytes = f.u64();
    out.directory_offset = f.u64();
    return out;
}

zip64_locator decode_zip64_locator(std::span<std::byte const, zip64_locator_bytes> record) noexcept {
    fields f(record);
    f.skip(4);
    zip64_locator out;
    out.disk = f.u32();
    out.offset = f.u64();
    out.disks = f.u32();
    return out;
}

zip_end_record decode_zip_end(std::span<std::byte const, zip_end_bytes> record) noexcept {
    fields f(record);
    f.skip(4);
    zip_end_record out;
    out.disk = f.u16();
    out.directory_disk = f.u16();
    out.entries_here = f.u16();
    out.entries = f.u16();
    out.directory_bytes = f.u32();
    out.directory_offset = f.u32();
    out.comment_bytes = f.u16();
    return out;
}

std::size_t match_descriptor(std::span<std::byte const, zip_descriptor_bytes> bytes,
                             zip_measures const& measured) noexcept {
    // Takes the longest form that fits: its bytes beyond a shorter form cannot be the start of the next record.
    std::size_t longest = 0;
    for (bool const is_signed : {false, true}) {
        fields f(bytes);
        if (is_signed && f.u32() != static_cast<std::uint32_t>(zip_signature::descriptor)) continue;
        if (f.u32() != measured.crc) continue;
        std::size_t const start = zip_descriptor_bytes - f.left();
        fields wide = f;
        if (f.u32() == measured.compressed_size && f.u32() == measured.size) longest = std::max(longest, start + 8);
        if (wide.u64() == measured.compressed_size && wide.u64() == measured.size)
            longest = std::max(longest, start + 16);
    }
    return longest;
}

}  // namespace aisle::codec

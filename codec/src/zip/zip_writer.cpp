#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/utf8.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <algorithm>
#include <chrono>

namespace aisle::codec {
namespace {

// APPNOTE.TXT 6.3.10: signatures (4.3.7, 4.3.9, 4.3.12, 4.3.14, 4.3.15, 4.3.16) and versions needed (4.4.3).
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t descriptor_signature = 0x08074b50;
constexpr std::uint32_t directory_signature = 0x02014b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint16_t version_plain = 20;
constexpr std::uint16_t version_zip64 = 45;
constexpr std::uint16_t descriptor_follows = 0x0008;  // 4.4.4, bit 3
constexpr std::uint16_t name_is_utf8 = 0x0800;        // 4.4.4, bit 11
constexpr std::uint16_t stored = 0;                   // 4.4.5
constexpr std::uint16_t zip64_extra = 0x0001;         // 4.5.3
constexpr std::uint16_t time_extra = 0x5455;          // Info-ZIP: extended timestamp
constexpr char time_is_mtime = 1;

constexpr std::uint64_t max16 = 0xffff;
constexpr std::uint64_t max32 = 0xffffffff;
constexpr std::size_t zip64_extra_bytes = 28;
constexpr std::size_t end64_bytes = 56;  // the record's own length field excludes the first 12 (4.3.14.1)

template <class Number>
void append(std::string& out, Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(value >> (8 * i));
}
void append16(std::string& out, std::uint64_t value) {
    append(out, static_cast<std::uint16_t>(value));
}
void append32(std::string& out, std::uint64_t value) {
    append(out, static_cast<std::uint32_t>(value));
}

// Go sets the flag for names that code page 437 and similar ones would read differently, including '\' and '~'.
std::uint16_t flags_of(std::string_view name) noexcept {
    auto const needs = std::ranges::any_of(name, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte > 0x7d || byte == 0x5c;
    });
    return needs && is_valid_utf8(name) ? descriptor_follows | name_is_utf8 : descriptor_follows;
}

// DOS time and date (4.4.6). Years before 1980 wrap around, as in Go: 1970 reads as 2098.
void append_dos_time(std::string& out, std::int64_t mtime) {
    namespace chrono = std::chrono;
    chrono::sys_seconds const at{chrono::seconds(mtime)};
    auto const day = chrono::floor<chrono::days>(at);
    chrono::year_month_day const date(day);
    chrono::hh_mm_ss const time(at - day);
    append16(out, static_cast<std::uint64_t>(time.hours().count() << 11 | time.minutes().count() << 5 |
                                             time.seconds().count() / 2));
    auto const year = static_cast<unsigned>(int{date.year()} - 1980);
    append16(out, (year << 9) + (unsigned{date.month()} << 5) + unsigned{date.day()});
}

void append_time_extra(std::string& out, std::int64_t mtime) {
    append16(out, time_extra);
    append16(out, 5);
    out += time_is_mtime;
    append32(out, static_cast<std::uint64_t>(mtime));
}
constexpr std::size_t time_extra_bytes = 9;

bool is_large(std::uint64_t size) noexcept {
    return size >= max32;
}

}  // namespace

bool zip_writer::begin_entry(std::string& out, std::string_view name, std::int64_t mtime) {
    if (name.size() > max16 || name.ends_with('/')) return false;
    auto const before = out.size();
    append32(out, local_signature);
    append16(out, version_plain);
    append16(out, flags_of(name));
    append16(out, stored);
    append_dos_time(out, mtime);
    out.append(12, '\0');  // CRC and both sizes: they are in the descriptor
    append16(out, name.size());
    append16(out, time_extra_bytes);
    out += name;
    append_time_extra(out, mtime);
    entries_.push_back({.name = std::string(name), .offset = written_, .size = 0, .crc = 0, .mtime = mtime});
    written_ += out.size() - before;
    return true;
}

void zip_writer::data(std::span<std::byte const> payload) noexcept {
    auto& e = entries_.back();
    e.crc = crc32(e.crc, payload);
    e.size += payload.size();
    written_ += payload.size();
}

void zip_writer::end_entry(std::string& out) {
    auto const before = out.size();
    auto const& e = entries_.back();
    append32(out, descriptor_signature);
    append32(out, e.crc);
    for (int i = 0; i < 2; ++i) {  // compressed and uncompressed size
        if (is_large(e.size))
            append(out, e.size);
        else
            append32(out, e.size);
    }
    written_ += out.size() - before;
}

void zip_writer::append_directory_entry(std::string& out, written_entry const& e) {
    auto const wide = is_large(e.size) || e.offset >= max32;
    append32(out, directory_signature);
    append16(out, version_plain);  // made by, under DOS
    append16(out, is_large(e.size) ? version_zip64 : version_plain);
    append16(out, flags_of(e.name));
    append16(out, stored);
    append_dos_time(out, e.mtime);
    append32(out, e.crc);
    append32(out, wide ? max32 : e.size);
    append32(out, wide ? max32 : e.size);
    append16(out, e.name.size());
    append16(out, time_extra_bytes + (wide ? zip64_extra_bytes : 0));
    append16(out, e.name.size());  // the comment, for which AIStore uses the name
    out.append(8, '\0');           // disk, internal and external attributes
    append32(out, std::min(e.offset, max32));
    out += e.name;
    append_time_extra(out, e.mtime);
    if (wide) {
        append16(out, zip64_extra);
        append16(out, zip64_extra_bytes - 4);
        append(out, e.size);
        append(out, e.size);
        append(out, e.offset);
    }
    out += e.name;
}

void zip_writer::finish(std::string& out) {
    auto const before = out.size();
    for (auto const& e : entries_) append_directory_entry(out, e);
    std::uint64_t records = entries_.size();
    std::uint64_t size = out.size() - before;
    auto offset = written_;
    if (records >= max16 || size >= max32 || offset >= max32) {
        append32(out, end64_signature);
        append(out, std::uint64_t{end64_bytes - 12});
        append16(out, version_zip64);
        append16(out, version_zip64);
        out.append(8, '\0');  // number of this disk, and of the directory's
        append(out, records);
        append(out, records);
        append(out, size);
        append(out, offset);
        append32(out, locator64_signature);
        append32(out, 0);
        append(out, offset + size);
        append32(out, 1);
        records = max16;
        size = offset = max32;
    }
    append32(out, end_signature);
    append32(out, 0);  // disks
    append16(out, records);
    append16(out, records);
    append32(out, size);
    append32(out, offset);
    append16(out, 0);  // no comment
    written_ += out.size() - before;
}

}  // namespace aisle::codec

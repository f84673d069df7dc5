#include <aisle/codec/checksum.hpp>
#include <aisle/codec/zip_directory.hpp>

#include <algorithm>
#include <span>

namespace aisle::codec {
namespace {

// A bijection that spreads every bit over all of them (the finaliser of MurmurHash3).
std::uint64_t spread(std::uint64_t x) noexcept {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
    return x ^ (x >> 33);
}

std::uint64_t digest_of(std::uint16_t method, zip_measures const& m, std::string_view name) noexcept {
    std::uint64_t const name_crc = crc32(0, std::as_bytes(std::span(name)));
    std::uint64_t digest = spread(name_crc << 32 | m.crc);
    digest = spread(digest ^ m.size);
    digest = spread(digest ^ m.compressed_size);
    return spread(digest ^ (std::uint64_t{name.size()} << 16 | method));
}

zip_fault damaged(char const* text) noexcept {
    return {errc::bad_archive, text};
}

}  // namespace

void zip_directory::add(std::uint64_t offset, std::uint16_t method, zip_measures const& measured,
                        std::string_view name) {
    entries_.push_back({offset, digest_of(method, measured, name)});
}

void zip_directory::begin(std::uint64_t at) {
    begin_ = at;
    listed_.resize(entries_.size());
}

std::optional<zip_fault> zip_directory::confirm(zip_central_header const& header, std::uint64_t at) {
    if (!begin_) begin(at);
    if (zip64_end_at_) return damaged("a central header behind the directory's end");
    if (header.disk != 0) return zip_fault{errc::unsupported, "a member in another part of a split archive"};
    if (likely_ == entries_.size() || entries_[likely_].offset != header.offset) {
        auto const found =
            std::lower_bound(entries_.begin(), entries_.end(), header.offset,
                             [](known_entry const& e, std::uint64_t offset) { return e.offset < offset; });
        if (found == entries_.end() || found->offset != header.offset)
            return damaged("the central directory tells of a member where none was");
        likely_ = static_cast<std::size_t>(found - entries_.begin());
    }
    if (listed_[likely_]) return damaged("the central directory tells of a member twice");
    if (entries_[likely_].digest != digest_of(header.method, header.told, header.name))
        return damaged("the central directory tells of a member other than it was: its name, size, CRC or method");
    listed_[likely_++] = true;
    ++listed_count_;
    return std::nullopt;
}

std::optional<zip_fault> zip_directory::confirm_zip64_end(zip_end_record const& end, std::uint64_t at) {
    if (!begin_) begin(at);
    if (zip64_end_at_) return damaged("a second zip64 end of the central directory");
    bytes_ = at - *begin_;
    zip64_end_at_ = at;
    if (end.extensible_bytes != 0)
        return zip_fault{errc::unsupported, "an end of the central directory with more than is known of it"};
    return judge(end, true);
}

std::optional<zip_fault> zip_directory::confirm(zip64_locator const& locator) {
    if (!zip64_end_at_ || located_) return damaged("a zip64 locator where none belongs");
    located_ = true;
    if (locator.disk != 0 || locator.disks > 1) return zip_fault{errc::unsupported, "a split archive"};
    if (locator.offset != *zip64_end_at_) return damaged("the zip64 locator tells another place");
    return std::nullopt;
}

std::optional<zip_fault> zip_directory::confirm_end(zip_end_record const& end, std::uint64_t at) {
    if (!begin_) begin(at);
    if (zip64_end_at_ && !located_) return damaged("the zip64 end of the central directory has no locator");
    if (!zip64_end_at_) bytes_ = at - *begin_;
    return judge(end, !zip64_end_at_);
}

// all_fit: no number may stand for one that is too large for its field.
std::optional<zip_fault> zip_directory::judge(zip_end_record const& end, bool all_fit) const {
    auto const is = [&](std::uint64_t told, std::uint64_t number, std::uint64_t elsewhere) {
        return told == number || (!all_fit && told == elsewhere);
    };
    if (!is(end.disk, 0, 0xffff) || !is(end.directory_disk, 0, 0xffff) || end.entries_here != end.entries)
        return zip_fault{errc::unsupported, "a split archive"};
    if (!is(end.entries, entries_.size(), 0xffff) || listed_count_ != entries_.size())
        return damaged("the central directory tells of more or fewer members than there were");
    if (!is(end.directory_bytes, bytes_, 0xffff'ffff) || !is(end.directory_offset, *begin_, 0xffff'ffff))
        return damaged("the end of the central directory tells another place or size of it");
    return std::nullopt;
}

}  // namespace aisle::codec

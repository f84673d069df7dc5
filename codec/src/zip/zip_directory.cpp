#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/zip/zip_directory.hpp>

#include <algorithm>
#include <span>

namespace aisle::codec {
namespace {

// A bijection in which every input bit affects all output bits (the finaliser of MurmurHash3).
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
    if (zip64_end_at_) return damaged("a header follows the end of the central directory");
    if (header.disk != 0) return zip_fault{errc::unsupported, "split archive: a member is in another part"};
    if (likely_ == entries_.size() || entries_[likely_].offset != header.offset) {
        auto const found =
            std::lower_bound(entries_.begin(), entries_.end(), header.offset,
                             [](known_entry const& e, std::uint64_t offset) { return e.offset < offset; });
        if (found == entries_.end() || found->offset != header.offset)
            return damaged("the central directory lists a member at an offset without one");
        likely_ = static_cast<std::size_t>(found - entries_.begin());
    }
    if (listed_[likely_]) return damaged("the central directory lists a member twice");
    if (entries_[likely_].digest != digest_of(header.method, header.declared, header.name))
        return damaged("name, size, CRC or method of a member differ in the central directory");
    listed_[likely_++] = true;
    ++listed_count_;
    return std::nullopt;
}

std::optional<zip_fault> zip_directory::confirm_zip64_end(zip_end_record const& end, std::uint64_t at) {
    if (!begin_) begin(at);
    if (zip64_end_at_) return damaged("second zip64 end record of the central directory");
    bytes_ = at - *begin_;
    zip64_end_at_ = at;
    if (end.extensible_bytes != 0)
        return zip_fault{errc::unsupported, "zip64 end record with an extensible data sector"};
    return judge(end, true);
}

std::optional<zip_fault> zip_directory::confirm(zip64_locator const& locator) {
    if (!zip64_end_at_ || located_) return damaged("unexpected zip64 locator");
    located_ = true;
    if (locator.disk != 0 || locator.disks > 1) return zip_fault{errc::unsupported, "split archive"};
    if (locator.offset != *zip64_end_at_) return damaged("the zip64 locator has a wrong offset");
    return std::nullopt;
}

std::optional<zip_fault> zip_directory::confirm_end(zip_end_record const& end, std::uint64_t at) {
    if (!begin_) begin(at);
    if (zip64_end_at_ && !located_) return damaged("the zip64 end record has no locator");
    if (!zip64_end_at_) bytes_ = at - *begin_;
    return judge(end, !zip64_end_at_);
}

// all_fit: every number must fit its field; "all ones" does not stand for a number in the zip64 record.
std::optional<zip_fault> zip_directory::judge(zip_end_record const& end, bool all_fit) const {
    auto const is = [&](std::uint64_t declared, std::uint64_t number, std::uint64_t all_ones) {
        return declared == number || (!all_fit && declared == all_ones);
    };
    if (!is(end.disk, 0, 0xffff) || !is(end.directory_disk, 0, 0xffff) || end.entries_here != end.entries)
        return zip_fault{errc::unsupported, "split archive"};
    if (!is(end.entries, entries_.size(), 0xffff) || listed_count_ != entries_.size())
        return damaged("the central directory lists a different number of members than were read");
    if (!is(end.directory_bytes, bytes_, 0xffff'ffff) || !is(end.directory_offset, *begin_, 0xffff'ffff))
        return damaged("the end record has a wrong offset or size of the central directory");
    return std::nullopt;
}

}  // namespace aisle::codec

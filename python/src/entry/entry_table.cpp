#include "entry_table.hpp"

#include "../python_error.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace aisle::python {
namespace {

constexpr std::uint64_t no_size = std::numeric_limits<std::uint64_t>::max();

template <class T>
std::string bytes_of(std::vector<T> const& column, std::size_t first, std::size_t count) {
    if (column.empty()) return {};
    return {reinterpret_cast<char const*>(column.data() + first), count * sizeof(T)};
}

/// Ends, counted from the first of the part.
std::string ends_of(std::vector<std::uint64_t> const& ends, std::size_t first, std::size_t count) {
    if (ends.empty()) return {};
    std::vector<std::uint64_t> out(ends.begin() + static_cast<std::ptrdiff_t>(first),
                                   ends.begin() + static_cast<std::ptrdiff_t>(first + count));
    auto const before = first == 0 ? 0 : ends[first - 1];
    for (auto& end : out) end -= before;
    return bytes_of(out, 0, out.size());
}

std::string text_of_part(std::string const& all, std::vector<std::uint64_t> const& ends, std::size_t first,
                         std::size_t count) {
    if (ends.empty() || count == 0) return {};
    auto const begin = first == 0 ? 0 : ends[first - 1];
    return all.substr(begin, ends[first + count - 1] - begin);
}

[[noreturn]] void refuse_columns() {
    refuse(errc::invalid_argument, "this is not a pickled aisle.Entries");
}

template <class T>
std::vector<T> column_of(std::string_view bytes, std::size_t rows) {
    if (bytes.empty()) return {};
    if (bytes.size() != rows * sizeof(T)) refuse_columns();
    std::vector<T> out(rows);
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

void check_ends(std::vector<std::uint64_t> const& ends, std::string const& all) {
    if (!std::ranges::is_sorted(ends) || (ends.empty() ? !all.empty() : ends.back() != all.size())) refuse_columns();
}

}  // namespace

template <class T>
void entry_columns::put(std::vector<T>& column, T value, T usual) {
    if (column.empty() && value == usual) return;
    column.resize(size() - 1, usual);
    column.push_back(value);
}

void entry_columns::add(entry const& e) {
    auto bucket = std::ranges::find(bucket_list_, e.bucket);  // a table has few
    if (bucket == bucket_list_.end()) {
        bucket_list_.push_back(e.bucket);
        (buckets_ += e.bucket) += '\0';
        bucket = bucket_list_.end() - 1;
    }
    names_ += e.object;
    if (!e.archpath.empty()) (names_ += '\0') += e.archpath;
    name_ends_.push_back(names_.size());
    put(bucket_of_, static_cast<std::uint32_t>(bucket - bucket_list_.begin()), std::uint32_t{0});
    put(starts_, e.range.start, std::int64_t{0});
    put(lengths_, e.range.length, std::int64_t{0});
    put(sizes_, e.expected_size.value_or(no_size), no_size);
    put(tags_, e.tag, std::uint64_t{0});
    auto const before = [](std::string const& all) { return static_cast<std::uint64_t>(all.size()); };
    if (!e.opaque.empty() && opaque_ends_.empty()) opaque_ends_.resize(size() - 1, before(opaques_));
    opaques_ += e.opaque;
    if (!opaques_.empty()) opaque_ends_.push_back(opaques_.size());
    if (!e.expected_checksum.empty() && checksum_ends_.empty()) checksum_ends_.resize(size() - 1, before(checksums_));
    checksums_ += e.expected_checksum;
    if (!checksums_.empty()) checksum_ends_.push_back(checksums_.size());
}

std::string_view entry_columns::text_at(std::string const& all, std::vector<std::uint64_t> const& ends,
                                        std::size_t i) const {
    if (i >= ends.size()) return {};
    auto const begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(all).substr(begin, ends[i] - begin);
}

entry entry_columns::at(std::size_t i) const {
    entry out;
    out.bucket = bucket_list_[i < bucket_of_.size() ? bucket_of_[i] : 0];
    auto const name = text_at(names_, name_ends_, i);
    auto const nul = name.find('\0');
    out.object = name.substr(0, nul);
    if (nul != name.npos) out.archpath = name.substr(nul + 1);
    if (i < starts_.size()) out.range.start = starts_[i];
    if (i < lengths_.size()) out.range.length = lengths_[i];
    if (i < sizes_.size() && sizes_[i] != no_size) out.expected_size = sizes_[i];
    if (i < tags_.size()) out.tag = tags_[i];
    out.opaque = text_at(opaques_, opaque_ends_, i);
    out.expected_checksum = text_at(checksums_, checksum_ends_, i);
    return out;
}

std::vector<std::string> entry_columns::dump(std::size_t first, std::size_t count) const {
    return {buckets_,
            bytes_of(bucket_of_, first, count),
            text_of_part(names_, name_ends_, first, count),
            ends_of(name_ends_, first, count),
            bytes_of(starts_, first, count),
            bytes_of(lengths_, first, count),
            bytes_of(sizes_, first, count),
            bytes_of(tags_, first, count),
            text_of_part(opaques_, opaque_ends_, first, count),
            ends_of(opaque_ends_, first, count),
            text_of_part(checksums_, checksum_ends_, first, count),
            ends_of(checksum_ends_, first, count)};
}

entry_columns entry_columns::load(std::vector<std::string_view> const& from) {
    if (from.size() != columns || from[3].size() % sizeof(std::uint64_t) != 0) refuse_columns();
    auto const rows = from[3].size() / sizeof(std::uint64_t);
    entry_columns out;
    out.buckets_ = from[0];
    for (std::string_view left = from[0]; !left.empty();) {
        auto const end = left.find('\0');
        if (end == left.npos) refuse_columns();
        out.bucket_list_.emplace_back(left.substr(0, end));
        left.remove_prefix(end + 1);
    }
    out.bucket_of_ = column_of<std::uint32_t>(from[1], rows);
    out.names_ = from[2];
    out.name_ends_ = column_of<std::uint64_t>(from[3], rows);
    out.starts_ = column_of<std::int64_t>(from[4], rows);
    out.lengths_ = column_of<std::int64_t>(from[5], rows);
    out.sizes_ = column_of<std::uint64_t>(from[6], rows);
    out.tags_ = column_of<std::uint64_t>(from[7], rows);
    out.opaques_ = from[8];
    out.opaque_ends_ = column_of<std::uint64_t>(from[9], rows);
    out.checksums_ = from[10];
    out.checksum_ends_ = column_of<std::uint64_t>(from[11], rows);
    check_ends(out.name_ends_, out.names_);
    check_ends(out.opaque_ends_, out.opaques_);
    check_ends(out.checksum_ends_, out.checksums_);
    for (auto const b : out.bucket_of_)
        if (b >= out.bucket_list_.size()) refuse_columns();
    if (rows > 0 && out.bucket_list_.empty()) refuse_columns();
    return out;
}

}  // namespace aisle::python

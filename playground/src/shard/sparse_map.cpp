#include "sparse_map.hpp"

#include <aisle/codec/tar/tar_header.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::playground {
namespace {

constexpr std::size_t entry_bytes = 24;  // two numbers of 12 bytes

std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t n = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size() || n > INT64_MAX) return std::nullopt;
    return n;
}

// All numbers between the marks; nothing if one is invalid.
std::optional<std::vector<std::uint64_t>> decimals(std::string_view text, char mark) {
    std::vector<std::uint64_t> out;
    while (!text.empty()) {
        auto const end = std::min(text.find(mark), text.size());
        auto const n = decimal(text.substr(0, end));
        if (!n) return std::nullopt;
        out.push_back(*n);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::vector<sparse_map::piece> pieces_of(std::span<std::uint64_t const> numbers) {
    std::vector<sparse_map::piece> out;
    for (; numbers.size() >= 2; numbers = numbers.subspan(2)) out.push_back({numbers[0], numbers[1]});
    return out;
}

}  // namespace

bool sparse_map::holds() const noexcept {
    std::uint64_t end = 0;
    for (auto const& p : pieces) {
        if (p.offset < end || p.size > file_size || p.offset > file_size - p.size) return false;
        end = p.offset + p.size;
    }
    return true;
}

std::uint64_t sparse_map::stored_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (auto const& p : pieces) sum += p.size;
    return sum;
}

std::string sparse_map::expand(std::string_view stored) const {
    std::string file;
    for (auto const& p : pieces) {
        file.resize(static_cast<std::size_t>(p.offset));
        auto const there = stored.substr(0, static_cast<std::size_t>(p.size));
        file += there;
        stored.remove_prefix(there.size());
        if (there.size() < p.size) return file;
    }
    file.resize(static_cast<std::size_t>(file_size));
    return file;
}

bool sparse_records::read(std::string_view records) {
    constexpr std::string_view prefix = "GNU.sparse.";
    while (!records.empty()) {
        auto const space = records.find(' ');
        auto const length = decimal(records.substr(0, space));
        if (space == records.npos || !length || *length > records.size() || *length < space + 3) return false;
        auto record = records.substr(space + 1, static_cast<std::size_t>(*length) - space - 2);
        records.remove_prefix(static_cast<std::size_t>(*length));
        auto const equals = record.find('=');
        if (equals == record.npos || !record.starts_with(prefix)) continue;
        auto const key = record.substr(prefix.size(), equals - prefix.size());
        auto const value = record.substr(equals + 1);
        if (key == "name") {
            name = value;
        } else if (key == "major") {
            major = value;
        } else if (key == "minor") {
            minor = value;
        } else if (key == "map") {
            auto all = decimals(value, ',');
            if (!all) return false;
            numbers = std::move(*all);
        } else {
            auto const n = decimal(value);
            if (!n) return false;
            if (key == "size" || (key == "realsize" && !file_size)) file_size = n;
            if (key == "numblocks") count = n;
            if (key == "offset" || key == "numbytes") numbers.push_back(*n);
        }
    }
    return true;
}

bool sparse_records::describe_sparse() const {
    if (major == "0") return minor == "0" || minor == "1";
    return in_data() || (major.empty() && minor.empty() && !numbers.empty());
}

std::optional<sparse_map> map_of(sparse_records const& records) {
    if (!records.count || records.numbers.size() != 2 * *records.count) return std::nullopt;
    return sparse_map{pieces_of(records.numbers), records.file_size.value_or(0)};
}

bool add_old_entries(std::span<std::byte const> block, bool is_header, sparse_map& map, bool& more) {
    auto const entries = is_header ? std::size_t{4} : std::size_t{21};
    auto const begin = is_header ? std::size_t{386} : std::size_t{0};
    more = block[begin + entries * entry_bytes] != std::byte{0};
    for (std::size_t i = 0; i < entries; ++i) {
        auto const entry = block.subspan(begin + i * entry_bytes, entry_bytes);
        if (entry[0] == std::byte{0}) break;
        sparse_map::piece p;
        if (!codec::parse_tar_number(entry.first(12), p.offset) || !codec::parse_tar_number(entry.subspan(12), p.size))
            return false;
        map.pieces.push_back(p);
    }
    return !is_header || codec::parse_tar_number(block.subspan(483, 12), map.file_size);
}

std::optional<std::optional<sparse_map>> parse_map_in_data(std::string_view text) {
    auto const first = text.find('\n');
    if (first == text.npos) return std::nullopt;
    auto const count = decimal(text.substr(0, first));
    if (!count || *count > text.max_size() / 2) return std::optional<sparse_map>();
    std::vector<std::uint64_t> numbers;
    for (auto at = first + 1; numbers.size() < 2 * *count;) {
        auto const end = text.find('\n', at);
        if (end == text.npos) return std::nullopt;
        auto const n = decimal(text.substr(at, end - at));
        if (!n) return std::optional<sparse_map>();
        numbers.push_back(*n);
        at = end + 1;
    }
    return std::optional(sparse_map{pieces_of(numbers), 0});
}

}  // namespace aisle::playground

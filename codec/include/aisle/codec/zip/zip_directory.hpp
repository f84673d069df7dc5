#pragma once

#include <aisle/codec/zip/zip_records.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Checks the central directory at the end of a zip archive against the entries that were read: it must list each
/// exactly once, in any order. Keeps 16 bytes per entry: its offset, and a digest of the rest.
class zip_directory {
public:
    /// Maximum number of entries in an archive; they take 64 MiB here (twice that while growing).
    static constexpr std::size_t max_entries = std::size_t{4} * 1024 * 1024;

    bool full() const noexcept { return entries_.size() == max_entries; }
    /// Records an entry that was read. offset: of its local header, larger than that of the previous entry.
    /// Precondition: !full().
    void add(std::uint64_t offset, std::uint16_t method, zip_measures const& measured, std::string_view name);

    /// Checks that a directory header describes an entry that was read and not listed before. at: the header's offset.
    std::optional<zip_fault> confirm(zip_central_header const& header, std::uint64_t at);
    /// Check the records after the directory against what was read. at: the record's offset. Call them in the order of
    /// the archive; the first two are optional, but only together.
    std::optional<zip_fault> confirm_zip64_end(zip_end_record const& end, std::uint64_t at);
    std::optional<zip_fault> confirm(zip64_locator const& locator);
    std::optional<zip_fault> confirm_end(zip_end_record const& end, std::uint64_t at);

    /// True from the first record of the directory on: no entry may follow it.
    bool begun() const noexcept { return begin_.has_value(); }

private:
    struct known_entry {
        std::uint64_t offset;
        std::uint64_t digest;
    };

    void begin(std::uint64_t at);
    std::optional<zip_fault> judge(zip_end_record const& end, bool all_fit) const;

    std::vector<known_entry> entries_;  // by offset
    std::vector<bool> listed_;          // which of entries_ the directory has listed, from begin() on
    std::size_t listed_count_ = 0;
    std::size_t likely_ = 0;  // the entry the next header describes if the directory keeps the order of the entries
    std::optional<std::uint64_t> begin_;
    std::uint64_t bytes_ = 0;  // of the directory; set when its end is read
    std::optional<std::uint64_t> zip64_end_at_;
    bool located_ = false;
};

}  // namespace aisle::codec

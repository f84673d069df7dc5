#pragma once

#include <aisle/codec/zip_records.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// What the central directory at a zip archive's end must confirm: the entries as they were read, each exactly once.
/// It may list them in any order. Of an entry 16 bytes are kept: its place, and a digest of the rest.
class zip_directory {
public:
    /// Most entries of an archive that are read; with them it takes 64 MiB (while growing, twice that).
    static constexpr std::size_t max_entries = std::size_t{4} * 1024 * 1024;

    bool full() const noexcept { return entries_.size() == max_entries; }
    /// Remembers an entry that was read. offset: of its local header, larger than the one before. Precondition:
    /// !full().
    void add(std::uint64_t offset, std::uint16_t method, zip_measures const& measured, std::string_view name);

    /// Does a header of the directory tell of an entry that was read, not told of before? at: where that header lies.
    std::optional<zip_fault> confirm(zip_central_header const& header, std::uint64_t at);
    /// Do the records behind the directory tell of it as it was read? at: where each lies. In the order of the
    /// archive; the first two are optional, together.
    std::optional<zip_fault> confirm_zip64_end(zip_end_record const& end, std::uint64_t at);
    std::optional<zip_fault> confirm(zip64_locator const& locator);
    std::optional<zip_fault> confirm_end(zip_end_record const& end, std::uint64_t at);

    /// True from the first record of the directory on: no entry may follow.
    bool begun() const noexcept { return begin_.has_value(); }

private:
    struct known_entry {
        std::uint64_t offset;
        std::uint64_t digest;
    };

    void begin(std::uint64_t at);
    std::optional<zip_fault> judge(zip_end_record const& end, bool all_fit) const;

    std::vector<known_entry> entries_;  // by offset
    std::vector<bool> listed_;          // entries_ told of, from begin() on
    std::size_t listed_count_ = 0;
    std::size_t likely_ = 0;  // the entry that the next header tells of, if it keeps the order of the entries
    std::optional<std::uint64_t> begin_;
    std::uint64_t bytes_ = 0;  // of the directory, when its end was seen
    std::optional<std::uint64_t> zip64_end_at_;
    bool located_ = false;
};

}  // namespace aisle::codec

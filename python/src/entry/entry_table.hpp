#pragma once

#include "../nanobind_headers.hpp"

#include <aisle/batch.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::python {

/// Entries in a few long arrays, instead of an object each: a column exists only if an entry needs it. Built once, then
/// constant.
class entry_columns {
public:
    void add(entry const& e);
    entry at(std::size_t i) const;
    std::size_t size() const noexcept { return name_ends_.size(); }

    /// The columns' bytes, for pickling, in a fixed order.
    static constexpr std::size_t columns = 12;
    std::vector<std::string> dump(std::size_t first, std::size_t count) const;
    /// Throws aisle.UsageError if the bytes are not such columns.
    static entry_columns load(std::vector<std::string_view> const& from);

private:
    template <class T>
    void put(std::vector<T>& column, T value, T usual);
    std::string_view text_at(std::string const& all, std::vector<std::uint64_t> const& ends, std::size_t i) const;

    std::string buckets_;                   // distinct ones, each ended by a NUL
    std::vector<std::string> bucket_list_;  // the same
    std::vector<std::uint32_t> bucket_of_;  // empty: all are of the first
    std::string names_;                     // object, then NUL and archpath if there is one
    std::vector<std::uint64_t> name_ends_;
    std::vector<std::int64_t> starts_;   // empty: all 0
    std::vector<std::int64_t> lengths_;  // empty: all 0, the whole
    std::vector<std::uint64_t> sizes_;   // empty: none is known; no_size: this one is unknown
    std::vector<std::uint64_t> tags_;    // empty: all 0
    std::string opaques_;
    std::vector<std::uint64_t> opaque_ends_;  // empty: no entry has any
    std::string checksums_;
    std::vector<std::uint64_t> checksum_ends_;
};

/// A part of such columns, which it shares: the content of aisle.Entries.
struct entry_table {
    std::shared_ptr<entry_columns const> in;
    std::size_t first = 0;
    std::size_t count = 0;
};

/// A stream's position in a table.
struct entry_cursor {
    entry_table of;
    std::size_t at = 0;
};

/// Binds _aisle.EntryTable, which aisle.Entries wraps, and _aisle.EntryCursor, the iterator over it.
void bind_entries(nb::module_& m);

}  // namespace aisle::python

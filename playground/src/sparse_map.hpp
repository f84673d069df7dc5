#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// Where the stored data of a sparse tar member stand in it, in order; everything between them is zeros. GNU tar
/// manual, "Storing Sparse Files". AIStore behaviour: such a member reads as the file it was made from.
struct sparse_map {
    struct piece {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    std::vector<piece> pieces;
    std::uint64_t file_size = 0;

    /// False when pieces overlap, are out of order or lie outside of the file: to Go an invalid header.
    bool holds() const noexcept;
    std::uint64_t stored_bytes() const noexcept;
    /// The file. `stored` may be shorter than stored_bytes(): the file then ends where it does.
    std::string expand(std::string_view stored) const;
};

/// The records of a PAX header that tell of sparse members, formats 0.0, 0.1 and 1.0.
struct sparse_records {
    std::string name = {};
    std::string major = {};
    std::string minor = {};
    std::optional<std::uint64_t> file_size = {};
    std::optional<std::uint64_t> count = {};
    std::vector<std::uint64_t> numbers = {};  ///< offset, size, offset, size

    /// Reads the records "LENGTH KEYWORD=VALUE\n" of one header. False for numbers that are none.
    bool read(std::string_view records);
    /// The map is at the beginning of the member's data.
    bool in_data() const { return major == "1" && minor == "0"; }
    /// False: an ordinary member as far as Go is concerned.
    bool describe_sparse() const;
};

/// The map that records of format 0.0 or 0.1 hold, or nothing.
std::optional<sparse_map> map_of(sparse_records const& records);

/// Adds the entries of a block of GNU's old format: a header (at byte 386) or one that follows it (at byte 0). False
/// when a number is none. `more`: another block follows.
bool add_old_entries(std::span<std::byte const> block, bool is_header, sparse_map& map, bool& more);

/// Reads the map at the beginning of a member of format 1.0 from text that grows by whole blocks: nothing while it is
/// not all there, an empty optional within when it is invalid.
std::optional<std::optional<sparse_map>> parse_map_in_data(std::string_view text);

}  // namespace aisle::playground

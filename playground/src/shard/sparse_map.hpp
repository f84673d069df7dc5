#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The positions of the stored pieces of a sparse tar member, in order; everything between them is zeros (GNU tar
/// manual, "Storing Sparse Files"). AIStore behaviour: such a member has the content of the original file.
struct sparse_map {
    struct piece {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    std::vector<piece> pieces;
    std::uint64_t file_size = 0;

    /// False if pieces overlap, are out of order or outside the file. Go then reports an invalid header.
    bool holds() const noexcept;
    std::uint64_t stored_bytes() const noexcept;
    /// The content of the file. It is truncated if `stored` is shorter than stored_bytes().
    std::string expand(std::string_view stored) const;
};

/// The records of a PAX header about sparse members, formats 0.0, 0.1 and 1.0.
struct sparse_records {
    std::string name = {};
    std::string major = {};
    std::string minor = {};
    std::optional<std::uint64_t> file_size = {};
    std::optional<std::uint64_t> count = {};
    std::vector<std::uint64_t> numbers = {};  ///< offset, size, offset, size

    /// Reads the records "LENGTH KEYWORD=VALUE\n" of one header. False if a number is invalid.
    bool read(std::string_view records);
    /// True if the map is at the start of the data of the member.
    bool in_data() const { return major == "1" && minor == "0"; }
    /// False if Go treats the member as an ordinary one.
    bool describe_sparse() const;
};

/// The map in records of format 0.0 or 0.1; nothing if it is invalid.
std::optional<sparse_map> map_of(sparse_records const& records);

/// Adds the entries of a block of GNU's old format: those of a header start at byte 386, those of an extension block at
/// byte 0. False if a number is invalid. more: whether another block follows.
bool add_old_entries(std::span<std::byte const> block, bool is_header, sparse_map& map, bool& more);

/// Reads the map at the start of a member of format 1.0, of which `text` has some blocks. Nothing if the map is
/// incomplete; an empty inner optional if it is invalid.
std::optional<std::optional<sparse_map>> parse_map_in_data(std::string_view text);

}  // namespace aisle::playground

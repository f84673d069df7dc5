#pragma once

#include "shard_kind.hpp"
#include "sparse_map.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aisle::playground {

/// The positions of the members of a shard. AIStore behaviour: the first of several members with the same name counts;
/// a leading '/' is ignored; folders are not members; links in a tar are members of size 0; sparse members have the
/// size of the original file.
struct shard_index {
    struct place {
        /// Of the data in the uncompressed tar; in a zip, of the member's local header.
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        /// Stored size: compressed size in a zip, size of the stored pieces of a sparse member.
        std::uint64_t packed_size = 0;
        /// The map of a sparse member of a tar, otherwise null.
        std::shared_ptr<sparse_map const> sparse = nullptr;
        /// Only in a zip.
        std::uint32_t crc = 0;
        std::uint16_t method = 0;
    };
    std::unordered_map<std::string, place> members;
    /// The error that ended the reading early, with Go's message; the members before it are valid. AIStore does not
    /// consider a tar without end mark damaged.
    std::string damage;

    /// Reads the whole shard. kind must not be none.
    static shard_index read(stored_object const& shard, shard_kind kind);
    place const* find(std::string_view archpath) const;
    /// Adds a member, unless there is one of that name.
    void add(std::string_view name, place where);
};

/// Reads the index of a tar, which may be compressed.
shard_index read_tar_index(stored_object const& shard, shard_kind kind);
/// Reads the index of a zip from its central directory (APPNOTE.TXT 6.3.10, section 4.3.12).
shard_index read_zip_index(stored_object const& shard);

}  // namespace aisle::playground

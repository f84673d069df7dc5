#pragma once

#include "shard_kind.hpp"
#include "sparse_map.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aisle::playground {

/// Where the members of a shard lie. AIStore behaviour: the first of several members of one name counts, a leading '/'
/// does not, folders are no members, links in a tar are members of size 0, sparse members are as large as their files.
struct shard_index {
    struct place {
        /// Of the data within the tar, unpacked if it is packed; in a zip, of the member's local header.
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        /// Bytes the shard has of it: compressed ones of a zip's member, the stored ones of a sparse member.
        std::uint64_t packed_size = 0;
        /// Of a sparse member of a tar, otherwise null.
        std::shared_ptr<sparse_map const> sparse = nullptr;
        /// In a zip only.
        std::uint32_t crc = 0;
        std::uint16_t method = 0;
    };
    std::unordered_map<std::string, place> members;
    /// What stopped the reading before the shard's end, in Go's words; members before that are good. A tar that just
    /// ends, without its end mark, is not damaged to AIStore.
    std::string damage;

    /// Reads all of the shard. Precondition: kind is not none.
    static shard_index read(stored_object const& shard, shard_kind kind);
    place const* find(std::string_view archpath) const;
    /// Keeps a member unless there is one of its name.
    void add(std::string_view name, place where);
};

/// The index of a tar, which may be compressed.
shard_index read_tar_index(stored_object const& shard, shard_kind kind);
/// The index of a zip, by its central directory (APPNOTE.TXT 6.3.10, section 4.3.12).
shard_index read_zip_index(stored_object const& shard);

}  // namespace aisle::playground

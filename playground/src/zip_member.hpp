#pragma once

#include "shard_index.hpp"
#include "unpacked_cache.hpp"

#include <cstdint>
#include <optional>

namespace aisle::playground {

/// Where the data of a zip's member begins, by its local header; nothing when there is no such header.
std::optional<std::uint64_t> zip_data_offset(stored_object const& shard, shard_index::place const& place);

/// Reads the data of a member of a zip, beginning at `offset`, and inflates it where it is deflated. Damage that shows
/// is told. keep: false when only that is of interest.
unpacked read_zip_member(stored_object const& shard, std::uint64_t offset, shard_index::place const& place, bool keep);

}  // namespace aisle::playground

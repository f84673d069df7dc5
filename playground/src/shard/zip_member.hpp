#pragma once

#include "shard_index.hpp"
#include "unpacked_cache.hpp"

#include <cstdint>
#include <optional>

namespace aisle::playground {

/// The offset of the data of a zip member, according to its local header; nothing if that header is invalid.
std::optional<std::uint64_t> zip_data_offset(stored_object const& shard, shard_index::place const& place);

/// Reads the data of a zip member at `offset` and inflates it if necessary. Detects damage. keep: false if only the
/// damage is of interest; then the data is not kept.
unpacked read_zip_member(stored_object const& shard, std::uint64_t offset, shard_index::place const& place, bool keep);

}  // namespace aisle::playground

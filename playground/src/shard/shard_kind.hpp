#pragma once

#include "../store/stored_object.hpp"

#include <cstdint>
#include <string_view>

namespace aisle::playground {

/// The archive formats that AIStore can read. It cannot read zstd.
enum class shard_kind : std::uint8_t { tar, tgz, zip, tar_lz4, none };

/// Determined by the extension of the name.
shard_kind shard_kind_of_name(std::string_view object_name) noexcept;
/// Determined by the extension of the name, else by the first 512 bytes.
shard_kind shard_kind_of(std::string_view object_name, stored_object const& object);

}  // namespace aisle::playground

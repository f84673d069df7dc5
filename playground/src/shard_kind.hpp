#pragma once

#include "stored_object.hpp"

#include <cstdint>
#include <string_view>

namespace aisle::playground {

/// Kinds of archive an object can be (AIStore behaviour; it reads no other, zstd among them).
enum class shard_kind : std::uint8_t { tar, tgz, zip, tar_lz4, none };

/// By the name's extension.
shard_kind shard_kind_of_name(std::string_view object_name) noexcept;
/// By the name's extension, or else by the first 512 bytes.
shard_kind shard_kind_of(std::string_view object_name, stored_object const& object);

}  // namespace aisle::playground

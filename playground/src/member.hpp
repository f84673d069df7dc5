#pragma once

#include "stored_object.hpp"

#include <aisle/codec/moss.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace aisle::playground {

/// What the designated target puts into the archive for one entry, and what the metadata says of it.
struct member {
    std::string name;
    std::uint64_t offset = 0;  ///< of the data within the source
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    /// Where the data is; empty when size is 0.
    std::optional<stored_object> source;
    /// What the reading of the data ends with, in Go's words: a checksum that does not fit. Empty when all is well.
    std::string damage;
    codec::moss_out out;

    /// Bytes of the data that the source has: fewer than size in a shard that is cut.
    std::uint64_t available() const noexcept;
};

/// Bytes of a tar of these members.
std::uint64_t tar_bytes(std::span<member const> members);

}  // namespace aisle::playground

#pragma once

#include "../store/stored_object.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace aisle::playground {

/// The archive member for one entry, and its metadata.
struct member {
    std::string name;
    std::uint64_t offset = 0;  ///< of the data in the source
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    /// The source of the data; empty if size is 0.
    std::optional<stored_object> source;
    /// The error at the end of the data, such as a checksum mismatch, with Go's message. Empty if there is none.
    std::string damage;
    codec::get_batch_out out;

    /// Number of bytes that the source has: less than size if the shard is truncated.
    std::uint64_t available() const noexcept;
};

/// The size of a tar of these members.
std::uint64_t tar_bytes(std::span<member const> members);

}  // namespace aisle::playground

#pragma once

#include "shard_kind.hpp"

#include <aisle/codec/compression/decompressor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aisle::playground {

/// Reads the tar in a shard sequentially and unpacks it. Not thread-safe.
class shard_stream {
public:
    /// kind: tar, tgz or tar_lz4. shard must outlive the stream.
    shard_stream(stored_object const& shard, shard_kind kind);

    /// Fills out. Returns fewer bytes only at the end, or if the shard is damaged.
    std::size_t read(std::span<std::byte> out);
    /// Skips bytes; false if there are fewer.
    bool skip(std::uint64_t bytes);
    /// The error that ended the reading early, with Go's message if known; empty if there is none.
    std::string const& damage() const noexcept { return damage_; }

private:
    bool refill();
    void broken(error const& why);

    stored_object const& shard_;
    shard_kind kind_;
    std::unique_ptr<codec::decompressor> unpacker_;  // null for tar
    std::vector<std::byte> packed_;
    std::size_t at_ = 0;   // in packed_
    std::size_t end_ = 0;  // of packed_
    std::uint64_t offset_ = 0;
    bool more_to_come_ = false;  // from input that the unpacker has already consumed
    bool over_ = false;
    std::string damage_;
};

}  // namespace aisle::playground

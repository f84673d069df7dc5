#pragma once

#include "shard_kind.hpp"

#include <aisle/codec/decompressor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aisle::playground {

/// The tar in a shard, from its beginning on, unpacked as it is read. Not thread-safe.
class shard_stream {
public:
    /// kind: tar, tgz or tar_lz4. The shard outlives the stream.
    shard_stream(stored_object const& shard, shard_kind kind);

    /// Fills out; with fewer bytes only at the end, or where the shard is damaged.
    std::size_t read(std::span<std::byte> out);
    /// Passes over so many bytes; false when there are not so many.
    bool skip(std::uint64_t bytes);
    /// What ended the reading too early, in Go's words where they are known. Empty when nothing did.
    std::string const& damage() const noexcept { return damage_; }

private:
    bool refill();
    void broken(error const& why);

    stored_object const& shard_;
    shard_kind kind_;
    std::unique_ptr<codec::decompressor> unpacker_;  // none for tar
    std::vector<std::byte> packed_;
    std::size_t at_ = 0;   // in packed_
    std::size_t end_ = 0;  // of packed_
    std::uint64_t offset_ = 0;
    bool more_to_come_ = false;  // out of what the unpacker has taken in already
    bool over_ = false;
    std::string damage_;
};

}  // namespace aisle::playground

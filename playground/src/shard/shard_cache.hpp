#pragma once

#include "shard_index.hpp"
#include "unpacked_cache.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// The result of looking for a member of a shard.
struct found_member {
    enum class outcome : std::uint8_t {
        found,
        no_member,
        broken  ///< the shard cannot be read, or not up to where the member might be
    } what = outcome::no_member;
    std::optional<stored_object> source;  ///< the source of the data, if found
    std::uint64_t offset = 0;             ///< of the data in the source
    /// According to the shard; the source may have fewer bytes.
    std::uint64_t size = 0;
    /// If found: the error at the end of the data, or empty. If broken: why. With Go's message.
    std::string why;
};

/// Finds members of shards of all kinds. Caches the indices of shards, and unpacked parts of compressed ones.
/// Thread-safe.
class shard_cache {
public:
    /// The cached indices have about this many members in total.
    static constexpr std::size_t max_members = 2'000'000;
    /// Limit for cached unpacked bytes.
    static constexpr std::size_t max_kept_bytes = std::size_t{256} << 20;
    /// Bytes of a compressed tar that are unpacked at a time, if its members are not larger.
    static constexpr std::uint64_t window_bytes = std::uint64_t{16} << 20;
    /// Larger members of compressed shards are not supported.
    static constexpr std::uint64_t max_unpacked_bytes = std::uint64_t{1} << 30;

    /// bucket: any text that identifies it.
    found_member find(std::string_view bucket, std::string_view object_name, stored_object object,
                      std::string_view archpath);
    std::shared_ptr<shard_index const> index(std::string_view bucket, std::string_view object_name,
                                             stored_object const& shard, shard_kind kind);
    /// Number of members in the cached indices.
    std::size_t members_kept() const {
        std::lock_guard const lock(mutex_);
        return members_;
    }

private:
    struct kept {
        std::uint64_t identity = 0;
        std::uint64_t size = 0;
        std::shared_ptr<shard_index const> index;
    };

    std::shared_ptr<unpacked const> kept_part(std::string const& key);
    void keep_part(std::string const& key, std::shared_ptr<unpacked const> part);
    void take_from_tar(found_member& found, std::string const& key, shard_kind kind, stored_object const& shard);
    void take_sparse(found_member& found, std::string const& key, shard_kind kind, stored_object const& shard,
                     shard_index::place const& place);
    void take_from_zip(found_member& found, std::string const& key, stored_object shard,
                       shard_index::place const& place);

    mutable std::mutex mutex_;  // not held while a shard is read, so two threads may read the same shard
    std::map<std::string, kept, std::less<>> kept_;
    std::size_t members_ = 0;
    unpacked_cache unpacked_{max_kept_bytes};
};

}  // namespace aisle::playground

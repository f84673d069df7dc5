#pragma once

#include "stored_object.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aisle::playground {

/// Kinds of archive an object can be, by its name's extension or else by its first bytes (AIStore behaviour).
enum class shard_kind : std::uint8_t { tar, tgz, zip, tar_lz4, none };

shard_kind shard_kind_of_name(std::string_view object_name) noexcept;
shard_kind shard_kind_of(std::string_view object_name, stored_object const& object);

/// Where the members of a tar shard lie. AIStore behaviour: the first of several members of one name counts, a
/// leading '/' does not, folders are no members, links are members of size 0.
struct shard_index {
    struct place {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    std::unordered_map<std::string, place> members;
    /// What stopped the reading before the shard's end, in Go's words; members before that are good. A shard that just
    /// ends, without its end mark, is not damaged to AIStore.
    std::string damage;

    /// Reads all of the shard.
    static shard_index read(stored_object const& shard);
    place const* find(std::string_view archpath) const;
};

/// Keeps the indices of shards that were asked for. Thread-safe.
class shard_cache {
public:
    /// Indices of about this many members together are kept.
    static constexpr std::size_t max_members = 2'000'000;

    std::shared_ptr<shard_index const> index(std::string_view bucket, std::string_view object,
                                             stored_object const& shard);

private:
    struct kept {
        std::uint64_t identity = 0;
        std::uint64_t size = 0;
        std::shared_ptr<shard_index const> index;
    };
    std::mutex mutex_;
    std::map<std::string, kept, std::less<>> kept_;
    std::size_t members_ = 0;
};

}  // namespace aisle::playground

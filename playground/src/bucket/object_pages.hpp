#pragma once

#include "../cluster/cluster.hpp"
#include "../shard/shard_cache.hpp"
#include "../store/store.hpp"
#include "action_message.hpp"
#include "object_checksums.hpp"

#include <aisle/codec/json/object_page.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace aisle::playground {

/// Generates the pages of listings. Thread-safe.
class object_pages {
public:
    object_pages(cluster& home, shard_cache& shards, object_checksums& checksums)
        : home_(home), shards_(shards), checksums_(checksums) {}

    /// Up to `limit` entries that match `asked`, without the uuid of the listing. AIStore behaviour: a full page has a
    /// token even if it is the last, and an unreadable archive is not flagged as an archive.
    codec::object_page page(bucket_id const& id, bucket& objects, action_message const& asked, std::size_t limit) const;

private:
    std::vector<codec::listed_entry> with_members(bucket_id const& id, bucket& objects,
                                                  action_message const& asked) const;
    codec::listed_entry entry_of(bucket_id const& id, bucket const& objects, listed_object const& object,
                                 action_message const& asked) const;

    cluster& home_;
    shard_cache& shards_;
    object_checksums& checksums_;
};

}  // namespace aisle::playground

#pragma once

#include "action_message.hpp"
#include "cluster.hpp"
#include "object_checksums.hpp"
#include "shard_cache.hpp"
#include "store.hpp"

#include <aisle/codec/object_page.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace aisle::playground {

/// Makes the pages of listings. Thread-safe.
class object_pages {
public:
    object_pages(cluster& home, shard_cache& shards, object_checksums& checksums)
        : home_(home), shards_(shards), checksums_(checksums) {}

    /// Up to `limit` entries of what `asked` says, without the listing's uuid. A full page has a token even when it is
    /// the last, and an archive that cannot be read has not the flag of one (AIStore behaviour).
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

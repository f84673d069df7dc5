#pragma once

#include "../shard/shard_cache.hpp"
#include "../store/store.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace aisle::playground {

/// An entry of a request while it is planned, and what AIStore reports about it.
struct planned_entry {
    std::size_t index;
    codec::get_batch_request_entry const& entry;
    bucket_id const& where;
    std::string const& bucket_uri;
    bucket* objects;
    unsigned owner;
    std::string const& node;  ///< name of the target that looks for the object, "t[...]"
    std::string base;         ///< name in the archive, without archpath

    /// The metadata if the designated target owns the object, and if another target sent it.
    codec::get_batch_out out_local() const;
    codec::get_batch_out out_forwarded() const;
    std::string not_found() const;
    std::string not_in_shard() const;
};

/// The result of looking for an entry.
struct looked_up {
    enum class outcome : std::uint8_t { found, no_object, no_member, broken } what = outcome::no_object;
    std::optional<stored_object> object;
    std::uint64_t offset = 0;  ///< of the data in the object
    std::uint64_t size = 0;    ///< of the data, according to the shard
    /// If broken: why. If found: the error at the end of the data, or empty.
    std::string why;
};

looked_up look_up(planned_entry const& at, shard_cache& shards);

}  // namespace aisle::playground

#pragma once

#include "shard_cache.hpp"
#include "store.hpp"

#include <aisle/codec/moss.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace aisle::playground {

/// An entry of a request while it is planned: what is known of it and what AIStore says of it.
struct planned_entry {
    std::size_t index;
    codec::moss_request_entry const& entry;
    bucket_id const& where;
    std::string const& bucket_uri;
    bucket* objects;
    unsigned owner;
    std::string const& node;  ///< "t[...]" that looks for the object
    std::string base;         ///< name in the archive, without archpath

    /// The metadata's entry when the designated target has the object itself, and when another one sent it.
    codec::moss_out out_local() const;
    codec::moss_out out_forwarded() const;
    std::string not_found() const;
    std::string not_in_shard() const;
};

/// What reading an entry's source came to.
struct looked_up {
    enum class outcome : std::uint8_t { found, no_object, no_member, broken } what = outcome::no_object;
    std::optional<stored_object> object;
    std::uint64_t offset = 0;  ///< of the data in the object
    std::uint64_t size = 0;    ///< of the data, as the shard says
    /// When broken: why. When found: what reading the data to its end ends with.
    std::string why;
};

looked_up look_up(planned_entry const& at, shard_cache& shards);

}  // namespace aisle::playground

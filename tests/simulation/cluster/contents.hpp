#pragma once

#include "../world/plan.hpp"

#include <aisle/batch.hpp>
#include <aisle/sample.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aisle::simulation {

/// The kind of a modelled object.
enum class substance : std::uint8_t {
    good,
    absent,      ///< no object has this name
    garbage,     ///< called a shard, but not an archive
    broken,      ///< a shard that is damaged inside a member
    unreadable,  ///< its disk reports an input/output error
    wrong        ///< its bytes are not those that the client expects
};

/// An object, and its location.
struct stored_object {
    std::string bucket;
    std::string name;
    std::uint64_t hash = 0;
    std::uint64_t bytes = 0;
    substance is = substance::good;
    bool is_shard = false;
    bool in_cloud = false;  ///< its bucket has a backend
    bool cached = true;     ///< it is in the cluster
    bool cold_at_first = false;
    int place = -1;  ///< the target whose disks have it; -1: none yet
    int moves_to = -1;
    time_point moves_at{};
    time_point warm_at{};  ///< end of a current fetch from the backend
    bool warming = false;
    // The owner according to the newest map.
    std::size_t owner_of_map = SIZE_MAX;
    int owner = -1;
};

/// What an entry requests.
enum class wanted : std::uint8_t {
    whole,
    range,
    beyond,  ///< a range out of the object's bounds
    member,
    member_range,
    no_member,      ///< a member that its shard does not have
    refused,        ///< AIStore refuses the whole request because of it
    no_bucket,      ///< in a bucket that does not exist
    denied_bucket,  ///< in a bucket that the token may not read
    invalid         ///< check() rejects it
};

/// One entry of a batch, and the truth about it.
struct modelled_entry {
    wanted what = wanted::whole;
    stored_object* of = nullptr;
    std::uint64_t bytes = 0;  ///< of its payload
    std::uint64_t range = 0;  ///< of the range, if one was requested
    bool too_large = false;   ///< above the client's limit

    bool is_member() const noexcept {
        return what == wanted::member || what == wanted::member_range || what == wanted::no_member;
    }
    bool has_range() const noexcept {
        return what == wanted::range || what == wanted::member_range || what == wanted::beyond;
    }
    /// Its correct status, unless the cluster lost something permanently or refuses the client.
    sample_status right() const noexcept;
    /// Part of the server's message that an error about it must contain; empty: none.
    std::string words() const;
    /// For traces: "range of ais://plain/o1, 1000 bytes, absent".
    std::string describe() const;
};

/// All objects in a world's cluster, and all requests for them.
struct contents {
    std::vector<std::unique_ptr<stored_object>> objects;
    std::vector<std::vector<modelled_entry>> batches;
    std::vector<std::shared_ptr<batch const>> asked;  ///< the same, in the engine's form
};

contents make_contents(world_plan const& plan);

/// The largest sample that the modelled client accepts.
inline constexpr std::uint64_t most_sample_bytes = std::uint64_t{1} << 30;

}  // namespace aisle::simulation

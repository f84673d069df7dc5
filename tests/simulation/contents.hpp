#pragma once

#include "plan.hpp"

#include <aisle/batch.hpp>
#include <aisle/sample.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aisle::simulation {

/// What a modelled object is.
enum class substance : std::uint8_t {
    good,
    absent,      ///< there is none of this name
    garbage,     ///< called a shard, and is no archive
    broken,      ///< a shard that is damaged inside a member
    unreadable,  ///< its disk says input/output error
    wrong        ///< its bytes are not what the client was told that they are
};

/// An object, and where it lies.
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
    time_point warm_at{};  ///< a fetch from the cloud under way ends then
    bool warming = false;
    // The owner by the newest map it was asked for.
    std::size_t owner_of_map = SIZE_MAX;
    int owner = -1;
};

/// What an entry asks for.
enum class wanted : std::uint8_t {
    whole,
    range,
    beyond,  ///< a range out of the object's bounds
    member,
    member_range,
    no_member,      ///< a member that its shard does not have
    refused,        ///< something AIStore refuses with the whole request
    no_bucket,      ///< in a bucket that does not exist
    denied_bucket,  ///< in a bucket the token does not open
    invalid         ///< check() finds it
};

/// One entry of a batch, and the truth about it.
struct wish {
    wanted what = wanted::whole;
    stored_object* of = nullptr;
    std::uint64_t bytes = 0;  ///< of its payload
    std::uint64_t range = 0;  ///< of the range, where one was asked for
    bool too_large = false;   ///< larger than the client takes

    bool is_member() const noexcept {
        return what == wanted::member || what == wanted::member_range || what == wanted::no_member;
    }
    bool has_range() const noexcept {
        return what == wanted::range || what == wanted::member_range || what == wanted::beyond;
    }
    /// What it has to become where nothing of the cluster is lost for good and nobody forbids it.
    sample_status right() const noexcept;
    /// Words that the server has about it, part of which have to come with it when it fails; empty: none.
    std::string words() const;
    /// For traces: "range of ais://plain/o1, 1000 bytes, absent".
    std::string describe() const;
};

/// All that lies in a world's cluster and all that is asked of it.
struct contents {
    std::vector<std::unique_ptr<stored_object>> objects;
    std::vector<std::vector<wish>> batches;
    std::vector<std::shared_ptr<batch const>> asked;  ///< the same, as the engine sees it
};

contents make_contents(world_plan const& plan);

/// The largest sample that the modelled client takes.
inline constexpr std::uint64_t most_sample_bytes = std::uint64_t{1} << 30;

}  // namespace aisle::simulation

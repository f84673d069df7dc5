#pragma once

#include "dice.hpp"

#include <aisle/options.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::simulation {

/// What may be wrong in a world. docs/protocol.md, sections 2, 2a, 4 and 5, is the source of each.
enum class trouble : std::uint8_t {
    // entries
    bad_ranges,
    absent,
    many_absent,
    garbage_shards,
    broken_members,
    unreadable,
    wrong_bytes,
    refused_entries,
    lost_buckets,
    invalid_entries,
    // their locations
    large,
    cold,
    // the client's links
    cuts,
    stalls,
    no_connection,
    damage,
    slow_links,
    cut_every,
    // targets
    target_dies,
    target_hangs,
    target_restarts,
    target_lost,
    sick,
    slow_target,
    joins,
    leaves,
    aborts,
    // proxies and the cluster
    proxy_dies,
    proxy_hangs,
    proxy_fails,
    starting,
    overload,
    full_targets,
    map_fails,
    map_late,
    denied,
    // the client
    slow_consumer,
    tight_memory,
    count
};
inline constexpr std::size_t troubles = static_cast<std::size_t>(trouble::count);
std::string_view name_of(trouble t);

/// The world of a seed. Figures not given here are drawn where they are needed, also from the seed.
struct world_plan {
    std::uint64_t seed = 0;
    std::bitset<troubles> what;
    bool has(trouble t) const { return what[static_cast<std::size_t>(t)]; }

    // the cluster
    unsigned proxies = 1;
    unsigned targets = 3;
    unsigned newcomers = 0;  ///< targets that are not in the first map
    double sick_share = 0;   ///< share of sick targets from the start
    duration hop{};          ///< client to node and back
    duration gap{};          ///< between two entries of an answer
    double rate = 0;         ///< bytes/s of one answer
    duration tail{};         ///< after the last entry (docs/protocol.md, timing facts (b))

    // the stream
    unsigned batches = 1;
    unsigned entries = 1;  ///< maximum per batch
    unsigned window = 0;   ///< requests in flight; 0: automatic
    bool streaming = true;
    bool compressed = false;
    bool as_objects = false;  ///< plain GETs instead of Get-Batch
    bool strict = false;
    bool hedging = true;
    bool cold_gets = true;
    on_missing missing = on_missing::skip;
    retry_options retry = {};
    double bad_share = 0;  ///< of the entries
    std::size_t budget = 0;
    double consumer_rate = 0;  ///< samples/s; 0: takes everything immediately

    // the links, until calm
    double cut_chance = 0;
    double stall_chance = 0;
    double refuse_chance = 0;
    double damage_chance = 0;
    double map_fail_chance = 0;
    std::uint64_t cut_every = 0;  ///< bytes per connection, permanently; 0: unlimited

    duration begin{};  ///< the clock when the world begins
    duration calm{};   ///< after this nothing new breaks, and everything that can be is repaired
};

world_plan plan_of(std::uint64_t seed);
/// The plan in one line, for traces.
std::string describe(world_plan const& plan);

}  // namespace aisle::simulation

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aisle::cli {

struct stress_member {
    std::string path;
    std::uint64_t size_bytes = 0;
};

/// One object of the bucket that `aisle stress` makes.
struct stress_object {
    std::string name;
    std::uint64_t size_bytes = 0;             ///< of a shard: of the archive
    std::vector<stress_member> members = {};  ///< of a shard: its files; no members: a plain object
    std::string archive = {};                 ///< of a shard: its bytes, which are no function of its name

    bool is_shard() const noexcept { return !members.empty(); }
};

/// What is in the bucket, and how often each kind is asked for.
struct stress_catalog {
    std::vector<stress_object> tiny;    ///< 0 bytes to 4 KiB, with the sizes at the edges of tar's blocks
    std::vector<stress_object> small;   ///< 10 KiB
    std::vector<stress_object> medium;  ///< 100 KiB
    std::vector<stress_object> large;   ///< 1 MiB, and some of 8 MiB
    std::vector<stress_object> shards;  ///< tar, with members of all sizes below 100 KiB

    std::vector<stress_object const*> all() const;
    std::uint64_t size_bytes() const;
};

/// The same one every time. Names are of all kinds that AIStore takes: with spaces, quotes and percent signs, in other
/// scripts, longer than tar's fields.
stress_catalog make_stress_catalog();

/// An object's bytes: its archive, or by stress_content.
std::string object_bytes(stress_object const& object);

}  // namespace aisle::cli

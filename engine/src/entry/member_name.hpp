#pragma once

#include <aisle/batch.hpp>

#include <string_view>

namespace aisle::detail {

/// What a member's name says about the entry at its position.
enum class name_verdict : std::uint8_t {
    expected,  ///< the entry's own name
    missing,   ///< one of the placeholders AIStore puts where an entry does not exist
    other      ///< neither: the answer is not what was asked for
};

/// Compares a member's name with the entry at its position. Pure, no allocation.
///
/// AIStore names a member `bucket/object` or `bucket/object/archpath`, without provider and namespace, or without the
/// bucket where only object names were asked for: bucket_name is empty then. A target that owns the object
/// itself and one that got it from a peer differ in two cases: the slash before an archpath that starts with one is
/// doubled only by the latter, and the placeholder `__404__/...` of a shard that is missing lacks the archpath only at
/// the former. Position and exact name decide together: an object may really be called `__404__/x`.
name_verdict judge_name(entry const& e, std::string_view bucket_name, std::string_view member) noexcept;

}  // namespace aisle::detail

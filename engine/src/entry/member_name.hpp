#pragma once

#include <aisle/batch.hpp>

#include <string_view>

namespace aisle::detail {

/// How a member's name relates to the entry at its position.
enum class name_verdict : std::uint8_t {
    expected,  ///< the entry's own name
    missing,   ///< one of AIStore's placeholders for a missing entry
    other      ///< neither: not the requested member
};

/// Compares a member's name with the entry at its position. Pure, no allocation.
///
/// AIStore names a member `bucket/object` or `bucket/object/archpath`, without provider and namespace; without the
/// bucket too if only object names were requested (bucket_name is then empty). A target that owns the object and one
/// that got it from a peer differ in two cases: only the latter doubles the slash before an archpath that starts with
/// one, and only the former omits the archpath in the placeholder `__404__/...` of a missing shard. Position and exact
/// name decide together: an object may really be called `__404__/x`.
name_verdict judge_name(entry const& e, std::string_view bucket_name, std::string_view member) noexcept;

}  // namespace aisle::detail

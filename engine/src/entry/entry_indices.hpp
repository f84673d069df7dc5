#pragma once

#include <aisle/recycler.hpp>

#include <cstdint>

namespace aisle::detail {

/// Entries by their index in their batch.
using entry_indices = recycled_vector<std::uint32_t>;

}  // namespace aisle::detail

#pragma once

#include "checks.hpp"

namespace aisle::simulation {

/// The longest time that a batch may take in its world, from its admission to its last answer. Each part of the sum is
/// argued for in bounds.cpp.
duration longest_time(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                      duration started);

/// The most requests that may be made for a batch.
double most_requests(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                     duration started, duration took);

/// The most bytes that may be held at once.
std::size_t most_memory(world_plan const& plan, contents const& what);

}  // namespace aisle::simulation

#pragma once

#include "checks.hpp"

namespace aisle::simulation {

/// The maximum time of a batch in its world, from its admission to its last answer. bounds.cpp gives the reason for
/// each part of the sum.
duration longest_time(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                      duration started);

/// The maximum number of requests for a batch.
double most_requests(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                     duration started, duration took);

/// The maximum number of bytes held at once.
std::size_t most_memory(world_plan const& plan, contents const& what);

}  // namespace aisle::simulation

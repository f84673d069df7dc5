#pragma once

#include "../verdict/checks.hpp"
#include "trace.hpp"

#include <cstdint>

namespace aisle::simulation {

/// Runs the world of a seed to its end. The same seed gives the same world, event by event.
world_outcome run_world(std::uint64_t seed, trace& tells);

}  // namespace aisle::simulation

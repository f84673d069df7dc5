#pragma once

#include "../verdict/checks.hpp"
#include "cluster_model.hpp"

namespace aisle::simulation {

/// Schedules what breaks, when, and when it is repaired: everything by plan.calm, except permanent troubles (sick and
/// slow targets, links that are cut after a fixed number of bytes, a target that is lost, a token that is refused).
void plan_faults(world_plan const& plan, cluster_model& cluster, losses& lost);

}  // namespace aisle::simulation

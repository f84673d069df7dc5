#pragma once

#include "checks.hpp"
#include "cluster_model.hpp"

namespace aisle::simulation {

/// Plans what breaks, when, and when it is mended: all of it by plan.calm, except what a world is never rid of (sick
/// and slow targets, links that are cut every so many bytes, a target that is lost for good, a token that is refused).
void plan_faults(world_plan const& plan, cluster_model& cluster, losses& lost);

}  // namespace aisle::simulation

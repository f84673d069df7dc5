#pragma once

#include "cluster_model.hpp"

namespace aisle::simulation {

/// A target answers a plain GET of one object, a range of it, or a member.
void get_object(cluster_model& cluster, cluster_model::shared_exchange x, unsigned target);

}  // namespace aisle::simulation

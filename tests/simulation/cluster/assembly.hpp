#pragma once

#include "cluster_model.hpp"

namespace aisle::simulation {

/// A target starts to assemble a batch and to answer with it. Kept alive by the agenda until its end.
void assemble(cluster_model& cluster, cluster_model::shared_exchange x, unsigned target);

}  // namespace aisle::simulation

#pragma once

#include "cluster_model.hpp"

namespace aisle::simulation {

/// A target begins to put a batch together and to answer with it. It lives on the agenda until its end.
void assemble(cluster_model& cluster, cluster_model::shared_exchange x, unsigned target);

}  // namespace aisle::simulation

#pragma once

#include "cluster.hpp"
#include "fault_schedule.hpp"

namespace aisle::playground {

/// The cluster map as a node has it, with the proxies that faults say are not in it left out.
cluster_map map_seen_by(node const& at, cluster& home, fault_schedule& faults);

}  // namespace aisle::playground

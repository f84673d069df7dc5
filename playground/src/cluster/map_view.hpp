#pragma once

#include "../fault/fault_schedule.hpp"
#include "cluster.hpp"

namespace aisle::playground {

/// The cluster map of a node, without the proxies that faults remove.
cluster_map map_seen_by(node const& at, cluster& home, fault_schedule& faults);

}  // namespace aisle::playground

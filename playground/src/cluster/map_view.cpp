#include "map_view.hpp"

#include <algorithm>

namespace aisle::playground {

cluster_map map_seen_by(node const& at, cluster& home, fault_schedule& faults) {
    auto left_out = faults.nodes_with(fault_kind::stranger_proxy);
    if (at.plays == role::proxy && std::ranges::find(left_out, at.index) != left_out.end()) return home.first_map();
    auto const hung = faults.nodes_with(fault_kind::hang_proxy);
    left_out.insert(left_out.end(), hung.begin(), hung.end());
    std::ranges::sort(left_out);
    left_out.erase(std::unique(left_out.begin(), left_out.end()), left_out.end());
    return home.map_without(left_out);
}

}  // namespace aisle::playground

#include "links.hpp"

namespace aisle::simulation {

using namespace std::chrono_literals;

link_fate draw_fate(world_plan const& plan, dice& d, duration passed, std::uint64_t bytes) {
    link_fate out;
    out.rate = plan.rate * (plan.has(trouble::slow_links) ? d.scale(0.02, 1) : 1);
    if (plan.cut_every > 0)
        out.cut_after = static_cast<std::uint64_t>(static_cast<double>(plan.cut_every) * d.real(0.5, 1.5));
    if (passed >= plan.calm) return out;
    auto const somewhere = [&] { return d.among(0, bytes + bytes / 10); };
    auto const hop = [&] {
        if (d.chance(plan.refuse_chance))
            return d.chance(0.8) ? link_fate::at_hop::refused : link_fate::at_hop::no_route;
        if (d.chance(plan.cut_chance / 4))
            return d.chance(0.5) ? link_fate::at_hop::lost_before : link_fate::at_hop::lost_after;
        return link_fate::at_hop::passes;
    };
    out.to_proxy = hop();
    out.to_target = hop();
    if (d.chance(plan.cut_chance)) out.cut_after = std::min(out.cut_after, somewhere());
    if (d.chance(plan.damage_chance)) out.damage_after = somewhere();
    if (d.chance(plan.stall_chance)) {
        out.stall_after = somewhere();
        out.stall = d.chance(0.2) ? duration(0) : d.time_scale(50ms, 60s);
    }
    return out;
}

}  // namespace aisle::simulation

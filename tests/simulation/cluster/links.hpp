#pragma once

#include "exchange.hpp"

namespace aisle::simulation {

/// What the client's link will do to a request whose answer has about this many bytes.
link_fate draw_fate(world_plan const& plan, dice& d, duration passed, std::uint64_t bytes);

}  // namespace aisle::simulation

#pragma once

#include "stress_plan.hpp"
#include "stress_tally.hpp"

#include <aisle/engine.hpp>

#include <functional>
#include <stop_token>

namespace aisle::cli {

/// Runs one round through an engine and checks all of it. Returns when its last answer is read to its end, or soon
/// after `stop`. more is asked before each batch; false ends the round early. Throws aisle::exception when the stream
/// as a whole could not run. base: what is the same for all rounds.
void run_stress_round(engine& through, stress_plan const& plan, stress_round const& round, stream_options const& base,
                      stress_tally& tally, std::function<bool()> const& more, std::stop_token stop);

}  // namespace aisle::cli

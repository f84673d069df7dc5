#pragma once

#include "stress_plan.hpp"
#include "stress_tally.hpp"

#include <aisle/engine.hpp>

#include <functional>
#include <stop_token>

namespace aisle::cli {

/// Runs one round through an engine and checks every sample. Returns when the last response is complete, or soon after
/// `stop`. more is called before each batch; false ends the round early. base: the options that all rounds share.
/// Throws aisle::exception when the stream as a whole fails.
void run_stress_round(engine& client, stress_plan const& plan, stress_round const& round, stream_options const& base,
                      stress_tally& tally, std::function<bool()> const& more, std::stop_token stop);

}  // namespace aisle::cli

#pragma once

#include "fault.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace aisle::faults {

/// Faults by chance, a new one every so often, each for the next request it fits: refusals and drops for any, all
/// others for the answers that carry data.
struct random_options {
    std::uint64_t seed = 1;
    std::chrono::milliseconds every{200};
    /// What to choose from, one as often as the other. Empty: all kinds.
    std::vector<fault_kind> kinds = {};
    /// Connections are reset as they are accepted, too.
    bool accept_resets = true;
    /// Places are drawn from [0, this), half of the time from its first 1/64.
    std::uint64_t reach = 256 * 1024;
    /// Delays and stalls are drawn from [0, this); one stall in four is for ever.
    std::chrono::milliseconds longest_wait{1000};
    /// Between the bytes of a trickle.
    std::chrono::milliseconds trickle_wait{1000};
};

/// The same seed and the same requests at the same times make the same faults.
plan random_plan(random_options options);

}  // namespace aisle::faults

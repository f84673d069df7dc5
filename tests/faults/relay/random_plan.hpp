#pragma once

#include "fault.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace aisle::faults {

/// Random faults at intervals, each for the next request that it fits: refusals and drops for any request, all others
/// for data answers.
struct random_options {
    std::uint64_t seed = 1;
    std::chrono::milliseconds every{200};
    /// The kinds to choose from, with equal probability. Empty: all kinds.
    std::vector<fault_kind> kinds = {};
    /// Connections are also reset when accepted.
    bool accept_resets = true;
    /// Positions are drawn from [0, this), half of them from its first 1/64.
    std::uint64_t reach = 256 * 1024;
    /// Delays and stalls are drawn from [0, this); one stall in four has no limit.
    std::chrono::milliseconds longest_wait{1000};
    /// Between the bytes of a trickle.
    std::chrono::milliseconds trickle_wait{1000};
};

/// The same seed and the same requests at the same times give the same faults.
plan random_plan(random_options options);

}  // namespace aisle::faults

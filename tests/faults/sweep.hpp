#pragma once

#include "fault.hpp"

#include <aisle/engine.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace aisle::test {

/// Many batches of the same 40 small objects, many in flight, each of which meets a fault at a place of its own in the
/// first answer it gets: place 0, step, 2 * step, .. up to the answer's end.
struct sweep {
    std::string format = ".tar";
    bool streamed = true;
    /// Each entry says what its payload's checksum and size are. (A zip's headers have no checksum of their own, and a
    /// member that claims to be larger than any sample may be is taken at its word.)
    bool with_checksums = false;
    /// Places left out between two; 1: every byte.
    std::uint64_t step = 1;
    std::function<faults::fault(std::uint64_t place)> fault_at = {};
};

struct sweep_outcome {
    std::uint64_t answer_bytes = 0;  ///< of an answer that nothing happened to, head and framing included
    std::uint64_t batches = 0;
    std::uint64_t spoilt = 0;  ///< answers the fault met
    std::uint64_t right = 0;   ///< samples in their turn with their bytes
    std::uint64_t other = 0;   ///< all others
    std::string first_other = {};
    summary total = {};
    engine_stats stats = {};
};

inline constexpr std::uint64_t sweep_entries = 40;
/// How far compressed answers differ in size, as the times of their members do. So much more is swept.
inline constexpr std::uint64_t sweep_margin = 32;

sweep_outcome run(sweep const& what);

/// Every byte in an optimised build, fewer where sanitizers slow everything down. AISLE_SWEEP_STEP says otherwise.
std::uint64_t sweep_step(std::uint64_t optimised = 1);

}  // namespace aisle::test

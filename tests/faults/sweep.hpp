#pragma once

#include "relay/fault.hpp"

#include <aisle/engine.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace aisle::test {

/// Many batches of the same 40 small objects, many in flight. An answer to each has a fault at a different position: 0,
/// step, 2 * step, ... up to the answer's end. A batch whose answers ended before their fault, which happens if a stall
/// of the machine makes the engine drop one, is fetched again.
struct sweep {
    std::string format = ".tar";
    bool streamed = true;
    /// Each entry has its payload's checksum and size. (A zip's headers have no checksum, and the claimed size of a
    /// member is trusted, even above max_sample_bytes.)
    bool with_checksums = false;
    /// Distance between two positions; 1: every byte.
    std::uint64_t step = 1;
    std::function<faults::fault(std::uint64_t place)> fault_at = {};
};

struct sweep_outcome {
    std::uint64_t answer_bytes = 0;  ///< of an answer without a fault, including head and framing
    std::uint64_t batches = 0;       ///< fetched, those fetched again included
    std::uint64_t spoilt = 0;        ///< positions at which a fault happened
    std::uint64_t unspoilt = 0;      ///< positions before the end of every answer at which none did
    std::uint64_t right = 0;         ///< samples in order with the right bytes
    std::uint64_t other = 0;         ///< all others
    std::string first_other = {};
    std::uint64_t delivered = 0;  ///< according to the streams' summaries, as is failed
    std::uint64_t failed = 0;
    engine_stats stats = {};
};

inline constexpr std::uint64_t sweep_entries = 40;
/// Variation in size of compressed answers, because of their members' times. The sweep is longer by this much.
inline constexpr std::uint64_t sweep_margin = 32;

sweep_outcome run(sweep const& what);

/// Every byte in an optimised build, fewer with slow sanitizers. AISLE_SWEEP_STEP overrides this.
std::uint64_t sweep_step(std::uint64_t optimised = 1);

}  // namespace aisle::test

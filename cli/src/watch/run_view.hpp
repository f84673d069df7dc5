#pragma once

#include "cluster_poll.hpp"
#include "event_ring.hpp"
#include "run_history.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

enum class run_state : std::uint8_t {
    preparing,  ///< before the measurement starts
    running,
    ended
};

/// The newest point and event that a client has received.
struct view_place {
    std::uint64_t point = 0;
    std::uint64_t event = 0;
};

/// The content of the live page.
struct run_view {
    std::string command;  ///< "bench"
    std::string about;    ///< a few words on what the run does
    run_state state = run_state::preparing;
    std::optional<std::uint64_t> expected;  ///< entries in all, where known
    bool checks = false;                    ///< payloads are checked, so `wrong` and `lost` count
    std::uint64_t delivered = 0;
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t wrong = 0;
    std::uint64_t lost = 0;
    std::uint64_t memory_budget_bytes = 0;
    std::uint64_t resident_bytes = 0;  ///< of the process
    run_history const& history;
    std::optional<cluster_poll::view> cluster;  ///< nothing: not polled
};

/// The page's figures as one JSON object in one line. Includes the points and events after `from`, and updates `from`.
/// docs/observability.md lists the keys.
std::string snapshot_json(run_view const& view, event_ring const& events, view_place& from);

}  // namespace aisle::cli

#pragma once

#include <aisle/stats.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle {

/// What keeps samples from coming faster.
enum class bound : std::uint8_t {
    nothing,     ///< nothing was delivered: there is nothing to judge
    server,      ///< the cluster: it refuses, thinks before it answers, or sends slowly
    network,     ///< the link is full, or its round trips take the time
    client_cpu,  ///< the engine's threads have no more CPU time
    consumer     ///< samples wait for whoever takes them, or nothing is asked for
};

/// "nothing", "server", "network", "client CPU", "consumer".
std::string_view to_string(bound b) noexcept;

struct verdict {
    bound by = bound::nothing;
    std::string reason;  ///< one sentence with the figures it rests on, without a full stop
};

/// Judges an interval: stats.since(earlier). What it is is looked at in the order consumer, client CPU, network,
/// server, and the first that takes more than half of the time (of CPU: four fifths) is named. Pure.
verdict judge(engine_stats const& interval);

}  // namespace aisle

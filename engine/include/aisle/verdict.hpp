#pragma once

#include <aisle/stats.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle {

/// What limits the rate of samples.
enum class bound : std::uint8_t {
    nothing,     ///< no sample was delivered: no verdict
    server,      ///< the cluster: it refuses requests, answers late, or sends slowly
    network,     ///< the link is full, or round trips take most of the time
    client_cpu,  ///< the engine's threads use all the CPU time they can get
    consumer     ///< samples wait for the consumer, or no batches are requested
};

/// "nothing", "server", "network", "client CPU", "consumer".
std::string_view to_string(bound b) noexcept;

struct verdict {
    bound by = bound::nothing;
    std::string reason;  ///< one sentence with the figures that it is based on, without a full stop
};

/// Judges an interval (stats.since(earlier)). Checks consumer, client CPU, network, server in this order and returns
/// the first that takes more than half of the time (client CPU: four fifths). Pure.
verdict judge(engine_stats const& interval);

}  // namespace aisle

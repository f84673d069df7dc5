#pragma once

#include <aisle/cluster_stats.hpp>
#include <aisle/export.h>
#include <aisle/stats.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle {

/// What limits the rate of samples.
enum class bound : std::uint8_t {
    nothing,     ///< no sample was delivered: no verdict
    server,      ///< the cluster: it refuses requests, responds late, or sends slowly
    network,     ///< the link is full, or round trips take most of the time
    client_cpu,  ///< the engine's threads use all the CPU time they can get
    consumer     ///< samples wait for the consumer, or no batches are requested
};

/// "nothing", "server", "network", "client CPU", "consumer".
AISLE_API std::string_view to_string(bound b) noexcept;

struct verdict {
    bound by = bound::nothing;
    std::string reason;  ///< one sentence with the figures that it is based on, without a trailing period
    /// The last clause of `reason`, "the targets report ...". Empty without the targets' counters, and if they do not
    /// matter.
    std::string targets = {};
};

/// Judges an interval (stats.since(earlier)). Checks consumer, client CPU, network, server in this order and returns
/// the first that takes more than half of the time (client CPU: four fifths). Pure.
AISLE_API verdict judge(engine_stats const& interval);
/// The same with the targets' counters of about the same interval (cluster_stats::since()). When the verdict is
/// `server` or `nothing`, the reason also says what delayed the targets: waits for peers, throttling, errors,
/// recoveries. These counters include all clients of the cluster. Pure.
AISLE_API verdict judge(engine_stats const& interval, cluster_stats const& cluster);

}  // namespace aisle

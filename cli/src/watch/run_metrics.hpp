#pragma once

#include "../progress/progress.hpp"
#include "cluster_poll.hpp"

#include <aisle/prometheus.hpp>

#include <string>

namespace aisle::cli {

/// The metrics that --metrics serves: of the engines, the run and the process.
std::string run_metrics_text(engine_stats const& engines, progress_counters const& counters, bool checks);
/// The targets' own counters, if the last poll succeeded; and whether it did. Old counters would look like a cluster in
/// which nothing happens.
std::string cluster_metrics_text(cluster_poll::view const& polled);

}  // namespace aisle::cli

#pragma once

#include <boost/histogram/axis/regular.hpp>

#include <chrono>

namespace aisle::detail {

/// The bins of every latency histogram: 64 to a factor of ten, from a microsecond to 1,000 seconds. Boost.Histogram
/// calls what is below bin -1 and what is above the bin after the last; here, as in its storage, bin 0 is what is
/// below.
using latency_axis = boost::histogram::axis::regular<double, boost::histogram::axis::transform::log>;

inline latency_axis latency_bins() {
    return {64 * 9, 1e3, 1e12};  // nanoseconds
}

}  // namespace aisle::detail

#pragma once

#include <boost/histogram/axis/regular.hpp>

#include <chrono>

namespace aisle::detail {

/// The bins of every latency histogram: 64 per factor of ten, from a microsecond to 1,000 seconds. For Boost.Histogram
/// the underflow bin is number -1, and the overflow bin follows the last one. Here, as in its storage, the underflow
/// bin is number 0.
using latency_axis = boost::histogram::axis::regular<double, boost::histogram::axis::transform::log>;

inline latency_axis latency_bins() {
    return latency_axis(64 * 9, 1e3, 1e12);  // nanoseconds
}

}  // namespace aisle::detail

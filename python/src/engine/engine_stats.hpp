#pragma once

#include "../nanobind_headers.hpp"

#include <aisle/stats.hpp>

namespace aisle::python {

/// A dict of the figures of aisle.Stats, under its names. Times are in seconds.
nb::dict stats_of(engine_stats const& s);

}  // namespace aisle::python

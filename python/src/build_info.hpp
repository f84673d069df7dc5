#pragma once

#include "nanobind_headers.hpp"

namespace aisle::python {

/// Versions of what is inside, by name.
nb::dict build_info();

}  // namespace aisle::python

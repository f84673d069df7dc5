#pragma once

#include "../nanobind_headers.hpp"

namespace aisle::python {

/// Binds _aisle.Engine, and the functions for all engines of the process.
void bind_engine(nb::module_& m);

}  // namespace aisle::python

#pragma once

#include "../nanobind_headers.hpp"

namespace aisle::python {

/// Binds _aisle.Entry: aisle::entry, whose range {0, 0} is start 0 and length None in Python.
void bind_entry(nb::module_& m);

}  // namespace aisle::python

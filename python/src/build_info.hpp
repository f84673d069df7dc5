#pragma once

#include "nanobind_headers.hpp"

namespace aisle::python {

/// Versions of Aisle, the compiler and the libraries, by name.
nb::dict build_info();

}  // namespace aisle::python

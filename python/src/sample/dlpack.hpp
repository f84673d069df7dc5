#pragma once

#include "../nanobind_headers.hpp"

namespace aisle::python {

/// The DLPack capsule of a contiguous writable buffer: a one-dimensional uint8 tensor in host memory, which keeps the
/// buffer in use while it lives. how: the arguments of __dlpack__().
nb::object dlpack(nb::handle buffer, nb::kwargs const& how);

}  // namespace aisle::python

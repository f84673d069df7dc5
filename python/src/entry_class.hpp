#pragma once

#include "nanobind_headers.hpp"

#include <aisle/batch.hpp>

namespace aisle::python {

/// Binds _aisle.Entry: aisle::entry, whose range {0, 0} is start 0 and length None in Python.
void bind_entry(nb::module_& m);

/// An Entry object. The GIL is held.
inline nb::object entry_object(entry e) {
    return nb::cast(std::move(e));
}

}  // namespace aisle::python

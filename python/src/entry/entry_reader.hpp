#pragma once

#include "../nanobind_headers.hpp"

#include <aisle/batch.hpp>

#include <string>

namespace aisle::python {

/// The function of aisle._entry.entry_of that makes an Entry of other types than str and Entry: a dict, an object of
/// the SDK. Kept for the life of the process.
void set_entry_converter(nb::object converter);

/// Reads an item of a source as an entry. Throws aisle.UsageError, or what the item's attributes throw, as Python
/// exceptions or aisle::exception. The GIL is held.
entry entry_of(nb::handle item, std::string const& default_bucket);

/// True for a list or a tuple, whose items make one request.
inline bool is_batch(nb::handle item) noexcept {
    return PyList_Check(item.ptr()) || PyTuple_Check(item.ptr());
}

}  // namespace aisle::python

#pragma once

#include "call/call_python.hpp"
#include "nanobind_headers.hpp"

namespace aisle::python {

/// The next item of a Python iterator; null at its end. Throws nb::python_error for what the iterator raises.
inline nb::object next_of(nb::handle iterator) {
    auto* const item = call_python([&] { return PyIter_Next(iterator.ptr()); });
    if (!item && PyErr_Occurred()) throw nb::python_error();
    return nb::steal(item);
}

/// Calls use(item) for each item of a Python iterable.
template <class F>
void for_each_of(nb::handle iterable, F const& use) {
    auto* const made = call_python([&] { return PyObject_GetIter(iterable.ptr()); });
    if (!made) throw nb::python_error();
    auto const iterator = nb::steal(made);
    while (auto const item = next_of(iterator)) use(item);
}

}  // namespace aisle::python

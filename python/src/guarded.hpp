#pragma once

#include "nanobind_headers.hpp"
#include "python_error.hpp"

#include <exception>
#include <new>

namespace aisle::python {

/// For functions that CPython calls: runs f and returns its result. An exception of f becomes Python's current
/// exception, and `failed` is returned. The GIL is held.
template <class F, class T>
auto guarded(F const& f, T failed) noexcept -> T {
    try {
        return f();
    } catch (nb::python_error& e) {
        e.restore();
    } catch (exception const& e) {
        try {
            raise(e.why());
        } catch (nb::python_error& raised) {
            raised.restore();
        } catch (std::exception const& other) {
            PyErr_SetString(PyExc_RuntimeError, other.what());
        }
    } catch (std::bad_alloc const&) {
        PyErr_NoMemory();
    } catch (std::exception const& e) {
        PyErr_SetString(PyExc_RuntimeError, e.what());
    }
    return failed;
}

}  // namespace aisle::python

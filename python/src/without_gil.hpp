#pragma once

#include "call/call_python.hpp"
#include "nanobind_headers.hpp"

#include <type_traits>

namespace aisle::python {

/// Runs f, which must not throw, without the GIL, and returns its result.
template <class F>
auto without_gil(F const& f) {
    auto* const released = PyEval_SaveThread();
    auto const take_back = [released] { call_python([released] { PyEval_RestoreThread(released); }); };
    if constexpr (std::is_void_v<std::invoke_result_t<F const&>>) {
        f();
        take_back();
    } else {
        auto const out = f();
        take_back();
        return out;
    }
}

}  // namespace aisle::python

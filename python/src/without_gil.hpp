#pragma once

#include "nanobind_headers.hpp"

#include <type_traits>
#include <unistd.h>

namespace aisle::python {

/// Runs f, which must not throw, without the GIL, and gives back what it returns.
///
/// When the interpreter ends, CPython before 3.14 ends a daemon thread that asks for the GIL, with pthread_exit(). That
/// unwinds the thread's stack; nanobind's functions are noexcept, so the process would abort. Such a thread sleeps here
/// until the process is gone, as it does in CPython 3.14.
template <class F>
auto without_gil(F const& f) {
    auto* const released = PyEval_SaveThread();
    auto const take_back = [released] {
        try {
            PyEval_RestoreThread(released);
        } catch (...) {
            for (;;) ::pause();
        }
    };
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

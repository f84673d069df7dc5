#pragma once

#include <exception>
#include <unistd.h>

namespace aisle::python {

/// Runs f, which calls a function of CPython that may run Python code or take the GIL, and returns its result.
/// Exceptions of f pass through.
///
/// When the interpreter ends, CPython before 3.14 ends a daemon thread that takes the GIL, with pthread_exit(). That
/// unwinds the thread's stack, and nanobind's functions are noexcept: the process would abort. Such a thread sleeps
/// here until the process is gone, as it does in CPython 3.14. So f holds no Python object that a destructor would
/// release.
template <class F>
auto call_python(F const& f) {
    try {
        return f();
    } catch (...) {
        if (!std::current_exception())  // not a C++ exception: the thread is ending
            for (;;) ::pause();
        throw;
    }
}

}  // namespace aisle::python

#pragma once

#include "nanobind_headers.hpp"

#include <functional>

namespace aisle::python {

/// Tells a waiting Python thread, by a descriptor, that something was done on another thread. Thread-safe.
class done_signal {
public:
    /// Throws std::system_error where the system has no more descriptors.
    done_signal();
    ~done_signal();
    done_signal(done_signal const&) = delete;
    done_signal& operator=(done_signal const&) = delete;

    int descriptor() const noexcept { return fd_; }
    void set() noexcept;

private:
    int fd_;
};

/// Something that the engine does for a Python thread, which waits for `descriptor` to be readable and then takes what
/// came of it: _aisle.Call.
struct call {
    int descriptor;
    std::function<nb::object()> take;  ///< with the GIL; throws what went wrong
    std::function<void()> cancel;
};

/// After a fork, in the parent. CPython counts the threads of a process that has forked, and warns: the engines'
/// threads start again when somebody uses them, or waits. With the GIL.
void let_engines_rest() noexcept;
/// What waits calls now and then. With the GIL.
void resume_engines() noexcept;

/// Binds _aisle.Call, and _aisle.wait_readable, the one place where Python threads wait.
void bind_call(nb::module_& m);

}  // namespace aisle::python

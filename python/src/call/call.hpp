#pragma once

#include "../nanobind_headers.hpp"

#include <functional>

namespace aisle::python {

/// Wakes a waiting Python thread, by a descriptor, when another thread has finished a call. Thread-safe.
class done_signal {
public:
    /// Throws std::system_error if no file descriptor is left.
    done_signal();
    ~done_signal();
    done_signal(done_signal const&) = delete;
    done_signal& operator=(done_signal const&) = delete;

    int descriptor() const noexcept { return fd_; }
    void set() noexcept;

private:
    int fd_;
};

/// A call of the engine that a Python thread waits for: _aisle.Call. The thread waits for `descriptor` to be readable,
/// then takes the result.
struct call {
    int descriptor;
    std::function<nb::object()> take;  ///< with the GIL; throws the call's error
    std::function<void()> cancel;
};

/// After a fork, in the parent. CPython counts the threads of a process that has forked, and warns. So the engines'
/// threads start again only when an engine is used or waited for. With the GIL.
void let_engines_rest() noexcept;
/// Starts the engines' threads again after a fork. Waiting threads call it regularly. With the GIL.
void resume_engines() noexcept;

/// Binds _aisle.Call, and _aisle.wait_readable, the one place where Python threads wait.
void bind_call(nb::module_& m);

}  // namespace aisle::python

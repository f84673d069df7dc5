#include "call.hpp"

#include <aisle/engine.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aisle::python {

done_signal::done_signal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "no file descriptor left");
}

done_signal::~done_signal() {
    ::close(fd_);
}

void done_signal::set() noexcept {
    std::uint64_t const one = 1;
    static_cast<void>(!::write(fd_, &one, sizeof one));  // cannot fail: its count is 0
}

namespace {

/// Longest wait without a look at signals: one that came just before poll() does not interrupt it.
constexpr int longest_wait_ms = 50;

/// wait_readable(descriptor, most_ms) -> bool. A function of CPython's own kind: in a daemon thread, at the end of the
/// process, CPython may end the thread where it takes the GIL again, which unwinds the stack; nanobind's callers are
/// noexcept.
PyObject* wait_readable(PyObject*, PyObject* arguments) {
    int descriptor = -1;
    int most_ms = -1;
    if (!PyArg_ParseTuple(arguments, "ii", &descriptor, &most_ms)) return nullptr;
    pollfd waited{descriptor, POLLIN, 0};
    int found = 0;
    int failed = 0;
    Py_BEGIN_ALLOW_THREADS found =
        ::poll(&waited, 1, most_ms < 0 ? longest_wait_ms : std::min(most_ms, longest_wait_ms));
    failed = errno;
    Py_END_ALLOW_THREADS if (found < 0 && failed != EINTR) {
        errno = failed;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if (found <= 0) {
        resume_engines();
        if (PyErr_CheckSignals() != 0) return nullptr;
    }
    return PyBool_FromLong(found > 0);
}

PyMethodDef functions[] = {{"wait_readable", wait_readable, METH_VARARGS, nullptr}, {}};

bool engines_rest = false;  // since a fork; the GIL guards it

}  // namespace

void let_engines_rest() noexcept {
    engines_rest = true;
}

void resume_engines() noexcept {
    if (std::exchange(engines_rest, false)) engine::resume_after_fork();
}

void bind_call(nb::module_& m) {
    nb::class_<call>(m, "Call", nb::is_final())
        .def_ro("descriptor", &call::descriptor)
        .def("take", [](call& c) { return c.take(); })
        .def("cancel", [](call& c) { c.cancel(); });
    if (PyModule_AddFunctions(m.ptr(), functions) != 0) throw nb::python_error();
}

}  // namespace aisle::python

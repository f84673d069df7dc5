#include "call.hpp"

#include "../without_gil.hpp"

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

/// Maximum wait without a check for signals: a signal that arrives just before poll() does not interrupt it.
constexpr int longest_wait_ms = 50;

/// True when the descriptor is readable; false after most_ms, or after longest_wait_ms.
bool wait_readable(int descriptor, int most_ms) {
    auto const wait_ms = most_ms < 0 ? longest_wait_ms : std::min(most_ms, longest_wait_ms);
    pollfd waited{descriptor, POLLIN, 0};
    auto const failed = without_gil([&] { return ::poll(&waited, 1, wait_ms) < 0 ? errno : 0; });
    if (failed != 0 && failed != EINTR) {
        errno = failed;
        PyErr_SetFromErrno(PyExc_OSError);
        throw nb::python_error();
    }
    bool const is_readable = failed == 0 && waited.revents != 0;
    if (!is_readable) {
        resume_engines();
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    return is_readable;
}

bool engines_rest = false;  // since a fork; guarded by the GIL

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
    m.def("wait_readable", &wait_readable);
}

}  // namespace aisle::python

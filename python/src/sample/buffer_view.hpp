#pragma once

#include "../call/call_python.hpp"
#include "../nanobind_headers.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace aisle::python {

/// The bytes of a Python object that is a contiguous buffer, which stays in use while this lives. Create and destroy it
/// with the GIL.
class buffer_view {
public:
    /// Throws nb::python_error if the object is not such a buffer. May run Python code.
    explicit buffer_view(nb::handle of, int flags = PyBUF_CONTIG_RO) {
        if (call_python([&] { return PyObject_GetBuffer(of.ptr(), &view_, flags); }) != 0) throw nb::python_error();
    }
    ~buffer_view() {
        if (view_.obj) PyBuffer_Release(&view_);
    }
    buffer_view(buffer_view&& from) noexcept : view_(std::exchange(from.view_, Py_buffer{})) {}
    buffer_view& operator=(buffer_view&&) = delete;

    std::span<std::byte> bytes() const noexcept {
        return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
    }
    std::string_view text() const noexcept {
        return {static_cast<char const*>(view_.buf), static_cast<std::size_t>(view_.len)};
    }

private:
    Py_buffer view_{};
};

}  // namespace aisle::python

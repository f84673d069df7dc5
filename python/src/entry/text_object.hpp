#pragma once

#include "../nanobind_headers.hpp"
#include "../python_error.hpp"

#include <string_view>

namespace aisle::python {

/// A str from bytes that should be UTF-8; invalid ones (a server's message may contain any) become U+FFFD.
inline nb::object text_object(std::string_view text) {
    auto* const made = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (!made) throw nb::python_error();
    return nb::steal(made);
}

inline nb::object bytes_object(std::string_view bytes) {
    auto* const made = PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
    if (!made) throw nb::python_error();
    return nb::steal(made);
}

/// The UTF-8 of a str, valid while the str lives. Throws aisle.UsageError if there is none (lone surrogates).
inline std::string_view text_of(nb::handle str) {
    Py_ssize_t size = 0;
    char const* const text = PyUnicode_AsUTF8AndSize(str.ptr(), &size);
    if (text) return {text, static_cast<std::size_t>(size)};
    PyErr_Clear();
    refuse(errc::invalid_entry, "a name is not valid text: it has a lone surrogate, which UTF-8 cannot encode");
}

}  // namespace aisle::python

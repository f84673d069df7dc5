#pragma once

#include "nanobind_headers.hpp"

#include <aisle/error.hpp>

#include <string>
#include <string_view>

namespace aisle::python {

/// The function of aisle._errors that makes an exception from an error's fields. Kept for the life of the process.
void set_error_factory(nb::object factory);

/// The exception object for an error. target and request_id: of the response with the error, empty if none. The GIL is
/// held. Throws nb::python_error.
nb::object exception_of(error const& why, std::string_view target = {}, std::string_view request_id = {});

/// Throws an exception object. The GIL is held.
[[noreturn]] void throw_object(nb::handle made);

/// Throws `why` as a Python exception. The GIL is held.
[[noreturn]] void raise(error const& why, std::string_view target = {}, std::string_view request_id = {});

/// Throws aisle.UsageError with one of the usage codes. The GIL is held.
[[noreturn]] void refuse(errc code, std::string text);

/// Throws aisle.ClosedError. The GIL is held.
[[noreturn]] void raise_closed(std::string_view text);

/// From now on an aisle::exception from a bound function becomes its Python exception.
void translate_exceptions();

}  // namespace aisle::python

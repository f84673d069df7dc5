#include "python_error.hpp"

#include "call/call_python.hpp"
#include "entry/text_object.hpp"

#include <utility>

namespace aisle::python {
namespace {

PyObject* error_factory = nullptr;

template <class T>
nb::object number_or_none(std::optional<T> const& n) {
    return n ? nb::cast(*n) : nb::none();
}

void set_current(nb::handle made) {
    PyErr_SetObject(made.type().ptr(), made.ptr());
}

nb::object made_by_factory(nb::tuple const& arguments) {
    if (!error_factory) throw nb::import_error("aisle._aisle is used before the package aisle was imported");
    auto* const made = call_python([&] { return PyObject_CallObject(error_factory, arguments.ptr()); });
    if (!made) throw nb::python_error();
    return nb::steal(made);
}

}  // namespace

void set_error_factory(nb::object made_by) {
    PyObject* const before = std::exchange(error_factory, made_by.release().ptr());
    Py_XDECREF(before);
}

nb::object exception_of(error const& why, std::string_view target, std::string_view request_id) {
    return made_by_factory(nb::make_tuple(
        text_object(name_of(why.code)), text_object(to_string(why.where)), text_object(why.message()),
        number_or_none(why.batch), number_or_none(why.entry), number_or_none(why.offset), why.http_status,
        text_object(why.server_text), text_object(why.server_code), text_object(target), text_object(request_id)));
}

void throw_object(nb::handle made) {
    set_current(made);
    throw nb::python_error();
}

void raise(error const& why, std::string_view target, std::string_view request_id) {
    throw_object(exception_of(why, target, request_id));
}

void raise_closed(std::string_view text) {
    throw_object(made_by_factory(
        nb::make_tuple("closed", "usage", text_object(text), nb::none(), nb::none(), nb::none(), 0, "", "", "", "")));
}

void refuse(errc code, std::string text) {
    raise({code, stage::usage, std::move(text)});
}

void translate_exceptions() {
    nb::register_exception_translator([](std::exception_ptr const& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (exception const& e) {
            set_current(exception_of(e.why()));
        }
    });
}

}  // namespace aisle::python

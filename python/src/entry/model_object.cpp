#include "model_object.hpp"

namespace aisle::python {
namespace {

void set(nb::handle object, nb::handle name, nb::handle value) {
    // Bypasses the model's own __setattr__, which checks assignments.
    if (PyObject_GenericSetAttr(object.ptr(), name.ptr(), value.ptr()) != 0) throw nb::python_error();
}

/// The names of a model's slots, created once.
struct slot_names {
    nb::str dict = nb::str("__dict__");
    nb::str names = nb::str("__pydantic_fields_set__");
    nb::str extra = nb::str("__pydantic_extra__");
    nb::str hidden = nb::str("__pydantic_private__");
};

slot_names const& slots() {
    static auto const& made = *new slot_names;  // never freed: Python may end before this library
    return made;
}

}  // namespace

nb::object make_model(nb::type_object type, nb::dict fields, nb::handle names) {
    auto const& to = slots();
    nb::object const empty = nb::steal(PyTuple_New(0));
    auto const make = reinterpret_cast<newfunc>(PyType_GetSlot(reinterpret_cast<PyTypeObject*>(type.ptr()), Py_tp_new));
    nb::object out = nb::steal(make(reinterpret_cast<PyTypeObject*>(type.ptr()), empty.ptr(), nullptr));
    if (!out) throw nb::python_error();
    set(out, to.dict, fields);
    set(out, to.names, names);
    set(out, to.extra, nb::none());
    set(out, to.hidden, nb::none());
    return out;
}

}  // namespace aisle::python

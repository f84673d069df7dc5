#include "entry_reader.hpp"

#include "../call/call_python.hpp"
#include "../python_error.hpp"
#include "entry_text.hpp"
#include "text_object.hpp"

#include <utility>

namespace aisle::python {
namespace {

PyObject* entry_converter = nullptr;

entry with_bucket(entry e, std::string const& default_bucket) {
    if (!e.bucket.empty()) return e;
    if (default_bucket.empty())
        refuse(errc::invalid_entry, "entry \"" + e.object + "\" has no bucket: give it one, or give bucket= for all");
    e.bucket = default_bucket;
    return e;
}

}  // namespace

void set_entry_converter(nb::object converter) {
    auto* const before = std::exchange(entry_converter, converter.release().ptr());
    Py_XDECREF(before);
}

entry entry_of(nb::handle item, std::string const& default_bucket) {
    if (PyUnicode_Check(item.ptr())) return entry_from_text(text_of(item), default_bucket);
    entry const* given = nullptr;
    if (nb::try_cast(item, given) && given) return with_bucket(*given, default_bucket);
    auto* const made = call_python([&] { return PyObject_CallFunctionObjArgs(entry_converter, item.ptr(), nullptr); });
    if (!made) throw nb::python_error();
    return with_bucket(nb::cast<entry const&>(nb::steal(made)), default_bucket);
}

}  // namespace aisle::python

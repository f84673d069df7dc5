#include "dlpack.hpp"

#include <cstdint>
#include <nanobind/ndarray.h>

namespace aisle::python {

nb::object dlpack(nb::handle buffer, nb::kwargs const& how) {
    auto const view = nb::steal(PyMemoryView_FromObject(buffer.ptr()));  // a view that is in use until it is dropped
    if (!view) throw nb::python_error();
    Py_buffer bytes;
    if (PyObject_GetBuffer(view.ptr(), &bytes, PyBUF_CONTIG) != 0) throw nb::python_error();
    auto* const data = static_cast<std::uint8_t*>(bytes.buf);
    auto const size = static_cast<std::size_t>(bytes.len);
    PyBuffer_Release(&bytes);
    nb::ndarray<nb::array_api, std::uint8_t, nb::ndim<1>> const array(data, {size}, view);
    return nb::cast(array).attr("__dlpack__")(**how);
}

}  // namespace aisle::python

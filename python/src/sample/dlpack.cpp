#include "dlpack.hpp"

#include "buffer_view.hpp"

#include <cstdint>
#include <nanobind/ndarray.h>

namespace aisle::python {

nb::object dlpack(nb::handle buffer, nb::kwargs const& how) {
    auto const view = nb::steal(PyMemoryView_FromObject(buffer.ptr()));  // a view, in use until it is dropped
    if (!view) throw nb::python_error();
    auto const bytes = buffer_view(view, PyBUF_CONTIG).bytes();  // not moved while the view lives
    auto* const data = reinterpret_cast<std::uint8_t*>(bytes.data());
    nb::ndarray<nb::array_api, std::uint8_t, nb::ndim<1>> const array(data, {bytes.size()}, view);
    return nb::cast(array).attr("__dlpack__")(**how);
}

}  // namespace aisle::python

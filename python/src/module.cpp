// The extension aisle._aisle, which the package aisle wraps.
#include "build_info.hpp"
#include "call/bucket_calls.hpp"
#include "call/call.hpp"
#include "engine/engine_class.hpp"
#include "engine/feed_object.hpp"
#include "entry/entry_class.hpp"
#include "entry/entry_reader.hpp"
#include "entry/entry_table.hpp"
#include "entry/entry_text.hpp"
#include "entry/model_object.hpp"
#include "nanobind_headers.hpp"
#include "python_error.hpp"
#include "sample/dlpack.hpp"
#include "sample/sample_object.hpp"

NB_MODULE(_aisle, m) {
    namespace py = aisle::python;
#ifdef NDEBUG
    nb::set_leak_warnings(false);  // a daemon thread may hold objects at the end
#endif
    py::translate_exceptions();
    py::bind_entry(m);
    py::bind_entries(m);
    py::bind_sample(m);
    py::bind_call(m);
    py::bind_feed(m);
    py::bind_listing(m);
    py::bind_engine(m);
    m.def("set_error_factory", &py::set_error_factory);
    m.def("set_entry_converter", &py::set_entry_converter);
    m.def("bucket_uri", [](std::string_view bucket, std::string_view provider, std::string_view name_space) {
        return py::bucket_uri_of(bucket, provider, name_space);
    });
    m.def("make_model", &py::make_model, nb::arg("type"), nb::arg("fields"), nb::arg("names"));
    m.def("dlpack", &py::dlpack);
    m.def("build_info", &py::build_info);
}

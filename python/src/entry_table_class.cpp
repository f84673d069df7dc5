// How Python sees entry_table.
#include "entry_class.hpp"
#include "entry_reader.hpp"
#include "entry_table.hpp"
#include "entry_text.hpp"
#include "python_error.hpp"
#include "text_object.hpp"

#include <utility>

namespace aisle::python {
namespace {

void make(entry_table* at, nb::object const& entries, std::string const& default_bucket) {
    auto columns = std::make_shared<entry_columns>();
    auto const items = nb::steal(PyObject_GetIter(entries.ptr()));
    if (!items) throw nb::python_error();
    while (auto const item = nb::steal(PyIter_Next(items.ptr()))) columns->add(entry_of(item, default_bucket));
    if (PyErr_Occurred()) throw nb::python_error();
    auto const count = columns->size();
    new (at) entry_table{std::move(columns), 0, count};
}

entry at(entry_table const& t, std::size_t i) {
    if (i >= t.count) throw nb::index_error("aisle.Entries: there is no such entry");
    return t.in->at(t.first + i);
}

entry_table part(entry_table const& t, std::size_t first, std::size_t count) {
    if (first > t.count || count > t.count - first) throw nb::index_error("aisle.Entries: there is no such part");
    return {t.in, t.first + first, count};
}

nb::list dump(entry_table const& t) {
    nb::list out;
    for (auto const& column : t.in->dump(t.first, t.count)) out.append(bytes_object(column));
    return out;
}

/// The bytes of Python objects, for as long as it lives.
class held_buffers {
public:
    explicit held_buffers(nb::sequence const& objects) {
        for (auto const object : objects) {
            Py_buffer view;
            if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_CONTIG_RO) != 0) {
                release();
                throw nb::python_error();
            }
            views_.push_back(view);
            bytes.emplace_back(static_cast<char const*>(view.buf), static_cast<std::size_t>(view.len));
        }
    }
    ~held_buffers() { release(); }
    held_buffers(held_buffers const&) = delete;
    held_buffers& operator=(held_buffers const&) = delete;

    std::vector<std::string_view> bytes;

private:
    void release() noexcept {
        for (auto& v : views_) PyBuffer_Release(&v);
        views_.clear();
    }

    std::vector<Py_buffer> views_;
};

entry_table load(nb::sequence const& from) {
    held_buffers const held(from);
    auto columns = std::make_shared<entry_columns>(entry_columns::load(held.bytes));
    auto const count = columns->size();
    return {std::move(columns), 0, count};
}

}  // namespace

void bind_entries(nb::module_& m) {
    nb::class_<entry_table>(m, "EntryTable", nb::is_final())
        .def("__init__", &make, nb::arg("entries"), nb::arg("bucket"))
        .def("__len__", [](entry_table const& t) { return t.count; })
        .def("at", &at, nb::arg("i"))
        .def("part", &part, nb::arg("first"), nb::arg("count"))
        .def("cursor", [](entry_table const& t) { return entry_cursor{t, 0}; })
        .def("dump", &dump)
        .def_static("load", &load, nb::arg("columns"));
    nb::class_<entry_cursor>(m, "EntryCursor", nb::is_final())
        .def("__iter__", [](nb::handle self) { return self; })
        .def("__next__", [](entry_cursor& c) {
            if (c.at == c.of.count) throw nb::stop_iteration();
            return c.of.in->at(c.of.first + c.at++);
        });
}

}  // namespace aisle::python

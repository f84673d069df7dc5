// The Python side of entry_table.
#include "../iterate.hpp"
#include "../sample/buffer_view.hpp"
#include "entry_reader.hpp"
#include "entry_table.hpp"
#include "text_object.hpp"

#include <utility>

namespace aisle::python {
namespace {

void make(entry_table* at, nb::object const& entries, std::string const& default_bucket) {
    auto columns = std::make_shared<entry_columns>();
    for_each_of(entries, [&](nb::handle item) { columns->add(entry_of(item, default_bucket)); });
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

entry_table load(nb::sequence const& from) {
    std::vector<buffer_view> held;
    std::vector<std::string_view> bytes;
    for (auto const column : from) bytes.push_back(held.emplace_back(column).text());
    auto columns = std::make_shared<entry_columns>(entry_columns::load(bytes));
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

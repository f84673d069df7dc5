#include "entry_class.hpp"

#include "../python_error.hpp"
#include "../sample/buffer_view.hpp"
#include "entry_text.hpp"
#include "text_object.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace aisle::python {
namespace {

using optional_number = std::optional<std::int64_t>;
using optional_text = std::optional<std::string_view>;

/// Omitted values are None in Python; the engine has {0, 0} for the whole and -1 for "to the end".
byte_range range_of(optional_number start, optional_number length) {
    byte_range out{start.value_or(0), 0};
    if (out.start < 0) refuse(errc::invalid_entry, "start is " + std::to_string(out.start) + ": it must be 0 or more");
    if (!length || *length == -1) {
        if (out.start > 0) out.length = -1;
        return out;
    }
    if (*length < 1)
        refuse(errc::invalid_entry, "length is " + std::to_string(*length) +
                                        ": it must be 1 or more; omit it (or use -1) for everything from start on");
    out.length = *length;
    return out;
}

nb::object length_of(entry const& e) {
    return e.range.length > 0 ? nb::cast(e.range.length) : nb::none();
}

std::string opaque_of(nb::handle given) {
    if (given.is_none()) return {};
    if (PyUnicode_Check(given.ptr())) return std::string(text_of(given));
    if (!PyObject_CheckBuffer(given.ptr()))
        refuse(errc::invalid_argument,
               "opaque must be bytes or str, not " + std::string(nb::type_name(given.type()).c_str()));
    return std::string(buffer_view(given).text());
}

void make(entry* at, std::string_view object, optional_text bucket, optional_text provider, optional_text name_space,
          optional_text archpath, optional_number start, optional_number length, nb::object const& opaque,
          std::optional<std::uint64_t> size, optional_text checksum, std::uint64_t tag) {
    entry made;
    made.bucket = bucket_uri_of(bucket.value_or(""), provider.value_or(""), name_space.value_or(""));
    made.object = object;
    made.archpath = archpath.value_or("");
    made.opaque = opaque_of(opaque);
    made.range = range_of(start, length);
    made.expected_size = size;
    made.expected_checksum = checksum.value_or("");
    made.tag = tag;
    new (at) entry(std::move(made));
}

std::string uri_of(entry const& e) {
    return e.bucket.empty() ? name_of(e) : e.bucket + '/' + name_of(e);
}

nb::object repr(entry const& e) {
    nb::object out = nb::str("aisle.Entry({!r}").attr("format")(text_object(e.object));
    auto const add = [&out](char const* form, nb::object const& value) {
        out = out + nb::str(form).attr("format")(value);
    };
    if (!e.bucket.empty()) add(", bucket={!r}", text_object(e.bucket));
    if (!e.archpath.empty()) add(", archpath={!r}", text_object(e.archpath));
    if (e.range.start > 0) add(", start={}", nb::cast(e.range.start));
    if (e.range.length > 0) add(", length={}", nb::cast(e.range.length));
    if (!e.opaque.empty()) add(", opaque={!r}", bytes_object(e.opaque));
    if (e.expected_size) add(", size={}", nb::cast(*e.expected_size));
    if (!e.expected_checksum.empty()) add(", checksum={!r}", text_object(e.expected_checksum));
    if (e.tag) add(", tag={}", nb::cast(e.tag));
    return out + nb::str(")");
}

nb::tuple state_of(entry const& e) {
    return nb::make_tuple(text_object(e.bucket), text_object(e.object), text_object(e.archpath), bytes_object(e.opaque),
                          e.range.start, e.range.length, e.expected_size ? nb::cast(*e.expected_size) : nb::none(),
                          text_object(e.expected_checksum), e.tag);
}

entry restore(nb::tuple const& state) {
    if (state.size() != 9) refuse(errc::invalid_argument, "this is not a pickled aisle.Entry");
    auto const text = [&state](std::size_t i) { return std::string(text_of(state[i])); };
    entry made{text(0), text(1), text(2), opaque_of(state[3]), {}, {}, text(7), nb::cast<std::uint64_t>(state[8])};
    made.range = {nb::cast<std::int64_t>(state[4]), nb::cast<std::int64_t>(state[5])};
    if (!state[6].is_none()) made.expected_size = nb::cast<std::uint64_t>(state[6]);
    return made;
}

}  // namespace

void bind_entry(nb::module_& m) {
    using namespace nb::literals;
    nb::class_<entry>(m, "Entry", nb::is_final())
        .def("__init__", &make, "object"_a, nb::kw_only(), "bucket"_a = nb::none(), "provider"_a = nb::none(),
             "namespace"_a = nb::none(), "archpath"_a = nb::none(), "start"_a = nb::none(), "length"_a = nb::none(),
             "opaque"_a = nb::none(), "size"_a = nb::none(), "checksum"_a = nb::none(), "tag"_a = 0)
        .def_static(
            "parse",
            [](std::string_view text, optional_text bucket) {
                return entry_from_text(text, bucket_uri_of(bucket.value_or(""), "", ""));
            },
            "uri"_a, "bucket"_a = nb::none())
        .def_prop_ro("bucket", [](entry const& e) { return text_object(e.bucket); })
        .def_prop_ro("provider", [](entry const& e) { return text_object(parts_of(e.bucket).provider); })
        .def_prop_ro("namespace", [](entry const& e) { return text_object(parts_of(e.bucket).name_space); })
        .def_prop_ro("bucket_name", [](entry const& e) { return text_object(parts_of(e.bucket).name); })
        .def_prop_ro("object", [](entry const& e) { return text_object(e.object); })
        .def_prop_ro("archpath", [](entry const& e) { return text_object(e.archpath); })
        .def_prop_ro("name", [](entry const& e) { return text_object(name_of(e)); })
        .def_prop_ro("uri", [](entry const& e) { return text_object(uri_of(e)); })
        .def_prop_ro("start", [](entry const& e) { return e.range.start; })
        .def_prop_ro("length", &length_of)
        .def_prop_ro("opaque", [](entry const& e) { return bytes_object(e.opaque); })
        .def_prop_ro("size", [](entry const& e) { return e.expected_size; })
        .def_prop_ro("checksum", [](entry const& e) { return text_object(e.expected_checksum); })
        .def_prop_ro("tag", [](entry const& e) { return e.tag; })
        .def("__repr__", &repr)
        .def("__eq__",
             [](entry const& a, nb::handle b) -> nb::object {
                 entry const* other = nullptr;
                 if (!nb::try_cast(b, other) || !other) return nb::not_implemented();
                 return nb::cast(a == *other);
             })
        .def("__hash__", [](entry const& e) { return nb::hash(state_of(e)); })
        .def("__reduce__", [](entry const& e) {
            return nb::make_tuple(nb::module_::import_("aisle._entry.entry_of").attr("entry_of_state"),
                                  nb::make_tuple(state_of(e)));
        });
    m.def("restore_entry", &restore);
}

}  // namespace aisle::python

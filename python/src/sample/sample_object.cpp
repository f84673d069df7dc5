#include "sample_object.hpp"

#include "../entry/entry_text.hpp"
#include "../entry/text_object.hpp"
#include "../guarded.hpp"
#include "../without_gil.hpp"
#include "buffer_view.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace aisle::python {

std::span<std::byte> sample_fields::bytes() {
    if (!delivered()) throw_object(why());
    return loose ? std::span(loose->bytes) : of.writable_bytes();
}

nb::object sample_fields::why() const {
    if (loose) return loose->why;
    return of.delivered() ? nb::none() : exception_of(of.why(), target(), request_id());
}

namespace {

struct sample_object {
    PyObject_HEAD sample_fields fields;
};

PyTypeObject* sample_type = nullptr;

/// Payloads of this size or more are copied without the GIL.
constexpr std::size_t large_bytes = 256 * 1024;

sample_fields& fields_of(PyObject* self) noexcept {
    return reinterpret_cast<sample_object*>(self)->fields;
}

void destroy(PyObject* self) noexcept {
    auto* const type = Py_TYPE(self);
    fields_of(self).~sample_fields();
    PyObject_Free(self);
    Py_DECREF(type);
}

// ---- the buffer

int get_buffer(PyObject* self, Py_buffer* view, int flags) noexcept {
    return guarded(
        [&] {
            auto const bytes = fields_of(self).bytes();
            if (PyBuffer_FillInfo(view, self, bytes.data(), static_cast<Py_ssize_t>(bytes.size()), 0, flags) != 0)
                return -1;
            ++fields_of(self).views;
            return 0;
        },
        -1);
}

void release_buffer(PyObject* self, Py_buffer*) noexcept {
    --fields_of(self).views;
}

Py_ssize_t length(PyObject* self) noexcept {
    return static_cast<Py_ssize_t>(fields_of(self).size());
}

PyObject* subscript(PyObject* self, PyObject* key) noexcept {
    PyObject* const view = PyMemoryView_FromObject(self);
    if (!view) return nullptr;
    PyObject* const part = PyObject_GetItem(view, key);
    Py_DECREF(view);
    return part;
}

int is_true(PyObject* self) noexcept {
    return fields_of(self).delivered();
}

int is_equal(PyObject* self, PyObject* other) {
    if (self == other) return 1;
    if (PyObject_TypeCheck(other, sample_type) && !fields_of(other).delivered()) return 0;
    if (!fields_of(self).delivered()) return 0;
    // First get the other's buffer: this may run Python code, which may move this sample's bytes (detach).
    buffer_view const theirs(other);
    auto const ours = fields_of(self).bytes();
    if (ours.size() != theirs.bytes().size()) return 0;
    return ours.empty() || std::memcmp(ours.data(), theirs.bytes().data(), ours.size()) == 0;
}

PyObject* compare(PyObject* self, PyObject* other, int how) noexcept {
    if ((how != Py_EQ && how != Py_NE) || !PyObject_CheckBuffer(other)) Py_RETURN_NOTIMPLEMENTED;
    int const same = guarded([&] { return is_equal(self, other); }, -1);
    if (same < 0) return nullptr;
    return PyBool_FromLong((same == 1) == (how == Py_EQ));
}

PyObject* to_bytes(PyObject* self, PyObject*) noexcept {
    return guarded(
        [&]() -> PyObject* {
            auto& s = fields_of(self);
            if (!s.delivered()) throw_object(s.why());
            auto const size = s.size();
            nb::object out = nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
            if (!out) throw nb::python_error();
            auto* const to = reinterpret_cast<std::byte*>(PyBytes_AsString(out.ptr()));
            if (size >= large_bytes) {
                auto const from = s.bytes();
                ++s.views;  // so that detach() does not move it
                without_gil([&] { std::memcpy(to, from.data(), size); });
                --s.views;
            } else if (s.loose) {
                if (size > 0) std::memcpy(to, s.loose->bytes.data(), size);
            } else {
                s.of.copy_to({to, size});
            }
            return out.release().ptr();
        },
        static_cast<PyObject*>(nullptr));
}

PyObject* detach(PyObject* self, PyObject*) noexcept {
    return guarded(
        [&]() -> PyObject* {
            auto& s = fields_of(self);
            if (s.views > 0) {
                PyErr_SetString(PyExc_BufferError,
                                "detach() of a sample whose bytes are in use: drop its memoryviews and arrays first");
                return nullptr;
            }
            if (!s.loose) s.of.detach();
            return Py_NewRef(self);
        },
        static_cast<PyObject*>(nullptr));
}

// ---- attributes

template <nb::object (*get)(sample_fields const&)>
PyObject* getter(PyObject* self, void*) noexcept {
    return guarded([&] { return get(fields_of(self)).release().ptr(); }, static_cast<PyObject*>(nullptr));
}

nb::object get_entry(sample_fields const& s) {
    auto out = s.entry();
    out.tag = s.tag;
    return nb::cast(std::move(out));
}

nb::object get_name(sample_fields const& s) {
    return text_object(name_of(s.entry()));
}

nb::object get_status(sample_fields const& s) {
    auto const name = to_string(s.status());
    auto* text = PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
    if (text) PyUnicode_InternInPlace(&text);
    return nb::steal(text);
}

nb::object get_index(sample_fields const& s) {
    return nb::cast(s.index);
}
nb::object get_tag(sample_fields const& s) {
    return nb::cast(s.tag);
}
nb::object get_batch(sample_fields const& s) {
    return nb::cast(s.batch());
}
nb::object get_size(sample_fields const& s) {
    return nb::cast(s.size());
}
nb::object get_error(sample_fields const& s) {
    return s.why();
}
nb::object get_opaque(sample_fields const& s) {
    return bytes_object(s.entry().opaque);
}
nb::object get_target(sample_fields const& s) {
    return text_object(s.target());
}
nb::object get_request_id(sample_fields const& s) {
    return text_object(s.request_id());
}

PyGetSetDef getters[] = {{"entry", getter<get_entry>, nullptr, nullptr, nullptr},
                         {"name", getter<get_name>, nullptr, nullptr, nullptr},
                         {"status", getter<get_status>, nullptr, nullptr, nullptr},
                         {"index", getter<get_index>, nullptr, nullptr, nullptr},
                         {"tag", getter<get_tag>, nullptr, nullptr, nullptr},
                         {"batch", getter<get_batch>, nullptr, nullptr, nullptr},
                         {"size", getter<get_size>, nullptr, nullptr, nullptr},
                         {"error", getter<get_error>, nullptr, nullptr, nullptr},
                         {"opaque", getter<get_opaque>, nullptr, nullptr, nullptr},
                         {"target", getter<get_target>, nullptr, nullptr, nullptr},
                         {"request_id", getter<get_request_id>, nullptr, nullptr, nullptr},
                         {}};

PyMethodDef methods[] = {{"__bytes__", to_bytes, METH_NOARGS, nullptr}, {"detach", detach, METH_NOARGS, nullptr}, {}};

template <class F>
void* slot(F* function) noexcept {
    return reinterpret_cast<void*>(function);
}

PyObject* restore(nb::handle data, entry const& of, std::uint64_t index, std::uint64_t batch, std::string_view status,
                  nb::object why, std::string target, std::string request_id) {
    auto loose = std::make_unique<loose_sample>();
    buffer_view const view(data);
    loose->bytes.assign(view.bytes().begin(), view.bytes().end());
    loose->entry = of;
    loose->batch = batch;
    for (auto const s : {sample_status::delivered, sample_status::missing, sample_status::failed})
        if (to_string(s) == status) loose->status = s;
    loose->why = std::move(why);
    loose->target = std::move(target);
    loose->request_id = std::move(request_id);
    auto* const made = PyType_GenericAlloc(sample_type, 0);
    if (!made) throw nb::python_error();
    auto& s = *new (&fields_of(made)) sample_fields;
    s.tag = loose->entry.tag;
    s.loose = std::move(loose);
    s.index = index;
    return made;
}

}  // namespace

void bind_sample(nb::module_& m) {
    PyType_Slot slots[] = {{Py_tp_dealloc, slot(destroy)},
                           {Py_bf_getbuffer, slot(get_buffer)},
                           {Py_bf_releasebuffer, slot(release_buffer)},
                           {Py_mp_length, slot(length)},
                           {Py_mp_subscript, slot(subscript)},
                           {Py_nb_bool, slot(is_true)},
                           {Py_tp_richcompare, slot(compare)},
                           {Py_tp_hash, slot(PyObject_HashNotImplemented)},
                           {Py_tp_getset, getters},
                           {Py_tp_methods, methods},
                           {0, nullptr}};
    PyType_Spec spec{"aisle.Sample", sizeof(sample_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                     slots};
    nb::object const type = nb::steal(PyType_FromSpec(&spec));
    if (!type) throw nb::python_error();
    m.attr("Sample") = type;
    sample_type = reinterpret_cast<PyTypeObject*>(nb::object(type).release().ptr());  // for the life of the process
    m.def(
        "restore_sample",
        [](nb::handle data, entry const& of, std::uint64_t index, std::uint64_t batch, std::string_view status,
           nb::object why, std::string target, std::string request_id) {
            return nb::steal(
                restore(data, of, index, batch, status, std::move(why), std::move(target), std::move(request_id)));
        },
        nb::arg("data"), nb::arg("entry"), nb::arg("index"), nb::arg("batch"), nb::arg("status"),
        nb::arg("error").none(), nb::arg("target"), nb::arg("request_id"));
}

PyObject* new_sample(sample&& of, std::uint64_t index, std::uint64_t tag) noexcept {
    auto* const made = PyType_GenericAlloc(sample_type, 0);
    if (!made) return nullptr;
    auto& s = *new (&fields_of(made)) sample_fields;
    s.of = std::move(of);
    s.index = index;
    s.tag = tag;
    return made;
}

}  // namespace aisle::python

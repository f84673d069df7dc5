#include "bucket_calls.hpp"

#include "../entry/text_object.hpp"
#include "../sample/buffer_view.hpp"

#include <aisle/detail/bucket_start.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace aisle::python {
namespace {

/// The result of a call, between the engine's thread and Python's.
template <class T>
struct outcome {
    done_signal done;
    std::optional<result<T>> came;  // set before done is
};

nb::object to_python(bool b) {
    return nb::cast(b);
}

nb::object to_python(object_info const& o) {
    return nb::make_tuple(text_object(o.name), text_object(o.archpath), o.size, text_object(o.checksum.text()),
                          text_object(o.version), text_object(o.location), o.cached, o.is_archive, o.is_unreadable);
}

nb::object to_python(std::vector<object_info> const& page) {
    nb::list out;
    for (auto const& o : page) out.append(to_python(o));
    return out;
}

/// begin takes a callback for the result, and returns a function that cancels the call.
template <class T, class F>
call begin_call(F const& begin) {
    auto const into = std::make_shared<outcome<T>>();
    auto cancel = begin([into](result<T> came) {
        into->came.emplace(std::move(came));
        into->done.set();
    });
    return {into->done.descriptor(), [into] { return to_python(into->came->value()); }, std::move(cancel)};
}

using access = detail::bucket_access;

}  // namespace

call head_object(bucket const& in, std::string object) {
    return begin_call<object_info>([&](auto done) { return access::head(in, std::move(object), {}, std::move(done)); });
}

call put_bytes(bucket const& in, std::string object, nb::handle data) {
    std::string bytes(buffer_view(data).text());
    return begin_call<object_info>(
        [&](auto done) { return access::put(in, std::move(object), std::move(bytes), {}, std::move(done)); });
}

call put_file(bucket const& in, std::string object, std::string path) {
    return begin_call<object_info>(
        [&](auto done) { return access::put_file(in, std::move(object), std::move(path), {}, {}, std::move(done)); });
}

call create_bucket(bucket const& it) {
    return begin_call<bool>([&](auto done) { return access::create(it, {}, std::move(done)); });
}

call destroy_bucket(bucket const& it) {
    return begin_call<bool>([&](auto done) { return access::destroy(it, {}, std::move(done)); });
}

call listing::next_page() {
    auto const from = pages;
    return begin_call<std::vector<object_info>>([&](auto done) { return access::next_page(*from, std::move(done)); });
}

void bind_listing(nb::module_& m) {
    nb::class_<listing>(m, "Listing", nb::is_final()).def("next_page", &listing::next_page);
}

}  // namespace aisle::python

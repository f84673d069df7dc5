#include "engine_class.hpp"

#include "../call/bucket_calls.hpp"
#include "../python_error.hpp"
#include "../without_gil.hpp"
#include "engine_home.hpp"
#include "engine_stats.hpp"
#include "feed_object.hpp"

#include <aisle/bucket.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace aisle::python {
namespace {

using optional_text = std::optional<std::string>;
using milliseconds = std::chrono::milliseconds;

/// A duration from Python's seconds; None means no limit.
milliseconds duration_of(std::optional<double> seconds, char const* name) {
    if (!seconds) return milliseconds::max();
    if (!(*seconds >= 0)) refuse(errc::invalid_argument, std::string(name) + " must be a number of seconds, 0 or more");
    if (*seconds > 1e10) return milliseconds::max();
    // A limit of a microsecond must not become 0, which means no limit.
    return milliseconds(static_cast<std::int64_t>(std::ceil(*seconds * 1000)));
}

void make(engine_home* at, optional_text endpoint, optional_text token, optional_text token_file, optional_text ca_file,
          optional_text certificate_file, optional_text key_file, std::optional<bool> verify, std::size_t memory_budget,
          std::size_t max_sample_size, unsigned threads, std::optional<double> connect_timeout,
          std::optional<double> first_byte_timeout, std::optional<double> idle_timeout,
          std::optional<double> request_timeout) {
    engine_options o;
    if (endpoint) o.endpoint = *endpoint;
    if (token || token_file) o.credentials = {token.value_or(""), token_file.value_or("")};
    if (ca_file) o.tls.ca_file = *ca_file;
    if (certificate_file) o.tls.certificate_file = *certificate_file;
    if (certificate_file) o.tls.key_file = key_file.value_or(*certificate_file);
    if (verify) o.tls.verify = *verify;
    o.memory_budget_bytes = memory_budget;
    o.max_sample_bytes = max_sample_size;
    o.shards = threads;
    o.connect_timeout = duration_of(connect_timeout, "connect_timeout");
    o.first_byte_timeout = duration_of(first_byte_timeout, "first_byte_timeout");
    o.idle_timeout = duration_of(idle_timeout, "idle_timeout");
    o.request_timeout = duration_of(request_timeout, "request_timeout");
    new (at) engine_home(std::move(o));
}

fetch_form form_named(std::string const& name) {
    if (name == "batch") return fetch_form::batch;
    if (name == "objects") return fetch_form::objects;
    if (name == "fastest") return fetch_form::fastest;
    refuse(errc::invalid_argument, "form is \"" + name + "\": it must be batch, objects or fastest");
}

missing_policy missing_named(std::string const& name) {
    if (name == "yield") return missing_policy::yield;
    if (name == "skip") return missing_policy::skip;
    if (name == "raise") return missing_policy::raise;
    refuse(errc::invalid_argument, "on_missing is \"" + name + "\": it must be yield, skip or raise");
}

feed_object* open_feed(engine_home& home, std::string bucket, unsigned batch_size, unsigned in_flight,
                       unsigned max_in_flight, bool ordered, std::string const& form, std::string output_format,
                       bool streaming_get, bool cont_on_err, bool only_obj_name, unsigned colocation,
                       std::string const& on_missing, bool decompress, bool hedging, bool send_opaque,
                       unsigned attempts, std::optional<double> give_up_after, std::optional<double> run_timeout,
                       std::size_t keep_reports) {
    feed_options o;
    auto& s = o.stream;
    s.in_flight = in_flight;
    s.max_in_flight = max_in_flight;
    s.form = form_named(form);
    s.output_format = std::move(output_format);
    s.streaming_get = streaming_get;
    s.cont_on_err = cont_on_err;
    s.only_obj_name = only_obj_name;
    s.send_opaque = send_opaque;
    if (colocation > 2) refuse(errc::invalid_argument, "colocation must be 0, 1 or 2");
    s.colocation = static_cast<colocation_hint>(colocation);
    s.order = ordered ? batch_order::submitted : batch_order::completed;
    s.decompress = decompress;
    s.hedging = hedging;
    s.retry.attempts = attempts;
    s.retry.elapsed = duration_of(give_up_after, "give_up_after");
    if (run_timeout) s.run_timeout = std::max(milliseconds(1), duration_of(run_timeout, "run_timeout"));
    s.keep_reports = keep_reports;
    auto const missing = missing_named(on_missing);
    o.batch_size = batch_size;
    o.max_waiting = std::max<std::size_t>(o.max_waiting, std::size_t{2} * batch_size);
    auto const waiting = o.max_waiting;
    return new feed_object(home.engine().open_feed(std::move(o)), std::move(bucket), waiting, missing);
}

bool prepare_fork() {
    return without_gil([] { return engine::prepare_fork(fork_resume::when_told); });
}

bucket bucket_of(engine_home const& home, std::string uri) {
    return home.engine().bucket(std::move(uri));
}

listing list_bucket(engine_home const& home, std::string uri, std::string prefix, bool details, bool members,
                    bool cached_only, unsigned page_entries) {
    list_options o;
    o.details = details;
    o.members = members;
    o.cached_only = cached_only;
    o.page_entries = page_entries;
    return {std::make_shared<object_listing>(bucket_of(home, std::move(uri)).list(std::move(prefix), std::move(o)))};
}

}  // namespace

void bind_engine(nb::module_& m) {
    using namespace nb::literals;
    using home = engine_home;
    nb::class_<home>(m, "Engine", nb::is_final())
        .def("__init__", &make, nb::kw_only(), "endpoint"_a.none(), "token"_a.none(), "token_file"_a.none(),
             "ca_file"_a.none(), "certificate_file"_a.none(), "key_file"_a.none(), "verify"_a.none(), "memory_budget"_a,
             "max_sample_size"_a, "threads"_a, "connect_timeout"_a.none(), "first_byte_timeout"_a.none(),
             "idle_timeout"_a.none(), "request_timeout"_a.none())
        .def("open_feed", &open_feed, nb::kw_only(), "bucket"_a, "batch_size"_a, "in_flight"_a, "max_in_flight"_a,
             "ordered"_a, "form"_a, "output_format"_a, "streaming_get"_a, "cont_on_err"_a, "only_obj_name"_a,
             "colocation"_a, "on_missing"_a, "decompress"_a, "hedging"_a, "send_opaque"_a, "attempts"_a,
             "give_up_after"_a.none(), "run_timeout"_a.none(), "keep_reports"_a)
        .def("list_objects", &list_bucket, "bucket"_a, "prefix"_a, nb::kw_only(), "details"_a, "members"_a,
             "cached_only"_a, "page_entries"_a)
        .def("head", [](home& h, std::string uri, std::string o) { return head_object(bucket_of(h, uri), o); })
        .def("put_bytes", [](home& h, std::string uri, std::string o,
                             nb::handle data) { return put_bytes(bucket_of(h, uri), o, data); })
        .def("put_file", [](home& h, std::string uri, std::string o,
                            std::string path) { return put_file(bucket_of(h, uri), o, path); })
        .def("create_bucket", [](home& h, std::string uri) { return create_bucket(bucket_of(h, uri)); })
        .def("destroy_bucket", [](home& h, std::string uri) { return destroy_bucket(bucket_of(h, uri)); })
        .def("stats", [](home& h) { return stats_of(h.engine().stats()); })
        .def("set_log_level", [](home& h, int level) { h.log().set_level(static_cast<log_level>(level)); })
        .def("take_log", [](home& h) { return h.log().take(); })
        .def_prop_ro("has_log", [](home& h) { return h.log().has_events(); })
        .def_prop_ro("is_closed", &home::is_closed)
        .def("close", &home::close);
    m.def("close_all_engines", &close_all_engines);
    m.def("prepare_fork", &prepare_fork);
    m.def("let_engines_rest", &let_engines_rest);
    m.def("resume_engines", &resume_engines);
    m.def("default_endpoint", &default_endpoint);
}

}  // namespace aisle::python

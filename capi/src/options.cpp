#include "options.hpp"

#include "sized.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace aisle::capi {
namespace {

std::int64_t checked(std::int64_t given, char const* name) {
    if (given < AISLE_NONE) refuse(errc::invalid_argument, std::string(name) + " is negative");
    return given == AISLE_NONE ? 0 : given;
}

// Every flag of the API is 0 by default, so AISLE_NONE, zero, is too.
bool flag(std::int64_t given, char const* name) {
    return checked(given, name) != 0;
}

// Keeps the default if `given` is 0.
template <class T>
void set(T& to, std::int64_t given, char const* name) {
    if (given == 0) return;
    auto const value = static_cast<std::uint64_t>(checked(given, name));
    bool const no_limit = given == std::numeric_limits<std::int64_t>::max();
    to = no_limit || value > std::numeric_limits<T>::max() ? std::numeric_limits<T>::max() : static_cast<T>(value);
}

void set(std::chrono::milliseconds& to, std::int64_t given, char const* name) {
    if (given != 0) to = std::chrono::milliseconds(checked(given, name));
}

void set(std::string& to, char const* given) {
    if (given) to = given;
}

}  // namespace

engine_options to_options(aisle_engine_options const* given) {
    auto const c = read_sized(given, "aisle_engine_options");
    engine_options out;
    set(out.endpoint, c.endpoint);
    set(out.credentials.token, c.token);
    set(out.credentials.token_file, c.token_file);
    set(out.tls.ca_file, c.ca_file);
    set(out.tls.certificate_file, c.certificate_file);
    set(out.tls.key_file, c.key_file);
    if (c.skip_verify) out.tls.verify = !flag(c.skip_verify, "skip_verify");
    set(out.memory_budget_bytes, c.memory_budget_bytes, "memory_budget_bytes");
    set(out.max_sample_bytes, c.max_sample_bytes, "max_sample_bytes");
    set(out.shards, c.shards, "shards");
    set(out.connect_timeout, c.connect_timeout, "connect_timeout");
    set(out.proxy_timeout, c.proxy_timeout, "proxy_timeout");
    set(out.first_byte_timeout, c.first_byte_timeout, "first_byte_timeout");
    set(out.idle_timeout, c.idle_timeout, "idle_timeout");
    set(out.request_timeout, c.request_timeout, "request_timeout");
    set(out.cold_gets, c.cold_gets, "cold_gets");
    return out;
}

retry_options to_options(aisle_retry_options const* given) {
    auto const c = read_sized(given, "aisle_retry_options");
    retry_options out;
    set(out.attempts, c.attempts, "attempts");
    set(out.elapsed, c.elapsed, "elapsed");
    set(out.first_wait, c.first_wait, "first_wait");
    set(out.longest_wait, c.longest_wait, "longest_wait");
    set(out.unreached, c.unreached, "unreached");
    return out;
}

stream_options to_options(aisle_stream_options const* given) {
    auto const c = read_sized(given, "aisle_stream_options");
    stream_options out;
    set(out.in_flight, c.in_flight, "in_flight");
    set(out.max_in_flight, c.max_in_flight, "max_in_flight");
    switch (checked(c.form, "form")) {
        case AISLE_FORM_BATCH: out.form = fetch_form::batch; break;
        case AISLE_FORM_OBJECTS: out.form = fetch_form::objects; break;
        case AISLE_FORM_FASTEST: out.form = fetch_form::fastest; break;
        default: refuse(errc::invalid_argument, "form is not one of AISLE_FORM_BATCH, _OBJECTS and _FASTEST");
    }
    set(out.output_format, c.output_format);
    out.streaming_get = !flag(c.buffered, "buffered");
    out.cont_on_err = !flag(c.stop_at_error, "stop_at_error");
    if (flag(c.missing_is_error, "missing_is_error")) out.missing = on_missing::fail;
    if (flag(c.as_completed, "as_completed")) out.order = batch_order::completed;
    out.send_opaque = flag(c.send_opaque, "send_opaque");
    auto const colocation = checked(c.colocation, "colocation");
    if (colocation > 2) refuse(errc::invalid_argument, "colocation is not 0, 1 or 2");
    out.colocation = static_cast<colocation_hint>(colocation);
    out.decompress = flag(c.decompress, "decompress");
    out.hedging = !flag(c.no_hedging, "no_hedging");
    out.join_runs = flag(c.join_runs, "join_runs");
    set(out.detach_below, c.detach_below, "detach_below");
    set(out.run_timeout, c.run_timeout, "run_timeout");
    out.retry = to_options(c.retry);
    return out;
}

feed_options to_options(aisle_feed_options const& given) {
    feed_options out;
    out.stream = to_options(given.stream);
    set(out.batch_size, given.batch_size, "batch_size");
    set(out.batch_bytes, given.batch_bytes, "batch_bytes");
    set(out.linger, given.linger, "linger");
    set(out.max_waiting, given.max_waiting, "max_waiting");
    return out;
}

get_options to_options(aisle_get_options const* given) {
    auto const c = read_sized(given, "aisle_get_options");
    get_options out;
    set(out.archpath, c.archpath);
    out.range = {c.start, c.length};
    out.retry = to_options(c.retry);
    return out;
}

list_options to_options(aisle_list_options const* given) {
    auto const c = read_sized(given, "aisle_list_options");
    list_options out;
    out.details = flag(c.details, "details");
    out.members = flag(c.members, "members");
    out.cached_only = flag(c.cached_only, "cached_only");
    set(out.page_entries, c.page_entries, "page_entries");
    set(out.pages_ahead, c.pages_ahead, "pages_ahead");
    out.retry = to_options(c.retry);
    return out;
}

entry to_entry(aisle_entry const* given, std::string const& default_bucket) {
    auto const c = read_sized(&required(given, "entry"), "aisle_entry");
    entry out;
    out.bucket = c.bucket ? std::string(c.bucket) : default_bucket;
    out.object = text(c.object);
    out.archpath = text(c.archpath);
    if (c.opaque_size > 0 && !c.opaque) refuse(errc::invalid_argument, "opaque is NULL");
    if (c.opaque) out.opaque.assign(static_cast<char const*>(c.opaque), c.opaque_size);
    out.range = {c.start, c.length};
    if (c.expected_size) out.expected_size = static_cast<std::uint64_t>(checked(c.expected_size, "expected_size"));
    out.expected_checksum = text(c.expected_checksum);
    out.tag = c.tag;
    return out;
}

}  // namespace aisle::capi

#include "get_batch_call.hpp"

#include "../entry/batch_facts.hpp"
#include "../entry/bucket_uri.hpp"
#include "cluster_path.hpp"

#include <aisle/base/percent_encoding.hpp>
#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/json/get_batch.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace aisle::detail {

namespace {

// "ais/@uuid#namespace/bucket/", the only form in which an entry can name a namespace.
std::string uname_of(bucket_uri const& bucket) {
    std::string space(bucket.name_space);
    if (!space.starts_with('@')) space.insert(0, 1, '@');
    if (space.find('#') == space.npos) space += '#';
    return std::string(bucket.provider) + '/' + space + '/' + std::string(bucket.name) + '/';
}

// Estimates the body's size so that it need not grow: as if all entries were as long as the first.
std::size_t expected_bytes(entry const& first, std::size_t entries) {
    constexpr std::size_t framing = 64;  // keys, quotes, provider
    constexpr std::size_t options = 128;
    return options + entries * (framing + first.object.size() + first.bucket.size() + first.archpath.size());
}

// The entries in AIStore's form. Error: invalid_entry.
result<void> write_entries(codec::get_batch_request_writer& out, batch_work const& work,
                           std::span<std::uint32_t const> asked) {
    auto const& all = work.what->entries();
    bool const one_bucket = batch_facts::one_bucket(*work.what);
    bool const names_only = batch_facts::names_only(*work.what);
    bool const send_opaque = work.job->options().send_opaque;
    // Consecutive entries usually have the same bucket.
    std::string_view before;
    std::string uname;
    for (auto const index : asked) {
        entry const& e = all[index];
        codec::get_batch_entry named{.objname = e.object};
        if (!names_only) {
            named.archpath = e.archpath;
            if (send_opaque) named.opaque = std::as_bytes(std::span(e.opaque));
            named.start = e.range.start;
            named.length = e.range.length;
        }
        if (before.data() != nullptr && (one_bucket || e.bucket == before)) {
            out.add_beside(named);
            continue;
        }
        auto const bucket = read_bucket(e.bucket);
        if (!bucket) return bucket.error();
        if (bucket->name_space.empty()) {
            named.bucket = bucket->name;
            named.provider = bucket->provider;
        } else if (e.bucket != work.path_bucket) {
            named.uname = uname = uname_of(*bucket);
        }
        out.add(named);
        before = e.bucket;
    }
    return {};
}

}  // namespace

result<http::request> get_batch_request(batch_work const& work, std::span<std::uint32_t const> asked,
                                        get_batch_form how, std::shared_ptr<std::string> body) {
    auto const& all = work.what->entries();
    auto const& options = work.job->options();
    body->reserve(expected_bytes(all[asked.front()], asked.size()));
    codec::get_batch_request_writer writer(*body);
    if (auto ok = write_entries(writer, work, asked); !ok) return std::move(ok).error();
    codec::get_batch_options wire;
    wire.mime = codec::request_mime_of(how.format);
    wire.continue_on_error = options.cont_on_err;
    wire.only_object_name = how.only_object_names;
    wire.streaming = how.streaming;
    writer.finish(wire);

    // The path bucket may belong to entries that are not in this request. If it does not exist or its name is invalid,
    // it must not fail the others.
    bool const is_asked_for = std::ranges::any_of(asked, [&](auto i) { return all[i].bucket == work.path_bucket; });
    auto const path = read_bucket(is_asked_for ? work.path_bucket : all[asked.front()].bucket);
    if (!path) return path.error();

    http::request out;
    out.method = "GET";
    out.target.path = "/v1/ml/moss/" + base::percent_encode(path->name);
    out.target.query = bucket_query(*path);
    // Effective only as a parameter; AIStore ignores it in the body.
    if (how.colocated && options.colocation != colocation_hint::none)
        out.target.query += "&coloc=" + std::to_string(static_cast<int>(options.colocation));
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

std::string request_id_of(std::string_view path) {
    // /v1/ml/moss/BUCKET/JOB/WORK-ITEM/TARGETS; without BUCKET if the request had none
    std::array<std::string_view, 3> last;
    std::size_t items = 0;
    while (!path.empty()) {
        auto const item = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(item.size() + 1, path.size()));
        if (item.empty()) continue;
        last = {last[1], last[2], item};
        ++items;
    }
    if (items < 6) return {};
    return std::string(last[0]) + '/' + std::string(last[1]);
}

}  // namespace aisle::detail

#include "moss_call.hpp"

#include "../entry/bucket_uri.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/moss.hpp>

#include <algorithm>
#include <deque>

namespace aisle::detail {

namespace {

// "ais/@uuid#namespace/bucket/", the only way in which an entry can name a namespace.
std::string uname_of(bucket_uri const& bucket) {
    std::string space(bucket.name_space);
    if (!space.starts_with('@')) space.insert(0, 1, '@');
    if (space.find('#') == space.npos) space += '#';
    return std::string(bucket.provider) + '/' + space + '/' + std::string(bucket.name) + '/';
}

}  // namespace

result<http::request> moss_request(batch_work const& work, std::span<std::uint32_t const> asked, moss_form how) {
    auto const& all = work.what->entries();
    auto const& options = work.job->options();
    std::vector<codec::moss_entry> entries;
    std::deque<std::string> unames;  // what entries view
    entries.reserve(asked.size());
    for (auto const index : asked) {
        entry const& e = all[index];
        auto const bucket = read_bucket(e.bucket);
        if (!bucket) return bucket.error();
        codec::moss_entry out;
        out.objname = e.object;
        if (bucket->name_space.empty()) {
            out.bucket = bucket->name;
            out.provider = bucket->provider;
        } else if (e.bucket != work.path_bucket) {
            out.uname = unames.emplace_back(uname_of(*bucket));
        }
        out.archpath = e.archpath;
        out.opaque = std::as_bytes(std::span(e.opaque));
        out.start = e.range.start;
        out.length = e.range.length;
        entries.push_back(out);
    }
    codec::moss_options wire;
    wire.mime = codec::request_mime_of(how.format);
    wire.continue_on_error = options.cont_on_err;
    wire.only_object_name = how.only_object_names;
    wire.streaming = how.streaming;

    // The path bucket may belong to an entry that is not sent, for a fault of its own.
    auto path = read_bucket(work.path_bucket);
    if (!path) path = read_bucket(all[asked.front()].bucket);
    if (!path) return path.error();

    auto body = std::make_shared<std::string>();
    codec::write_request(*body, entries, wire);
    http::request out;
    out.method = "GET";
    out.target.path = "/v1/ml/moss/" + http::percent_encode(path->name);
    out.target.query = "provider=" + http::percent_encode(path->provider);
    if (!path->name_space.empty()) out.target.query += "&namespace=" + http::percent_encode(path->name_space);
    // Heeded as a parameter only; in the body AIStore reads and forgets it.
    if (how.colocated && options.colocation != colocation_hint::none)
        out.target.query += "&coloc=" + std::to_string(static_cast<int>(options.colocation));
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

std::string request_id_of(std::string_view path) {
    // /v1/ml/moss/BUCKET/JOB/WORK-ITEM/TARGETS, the bucket left out where the request had none
    std::vector<std::string_view> items;
    while (!path.empty()) {
        auto const item = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(item.size() + 1, path.size()));
        if (!item.empty()) items.push_back(item);
    }
    if (items.size() < 6) return {};
    return std::string(items[items.size() - 3]) + '/' + std::string(items[items.size() - 2]);
}

}  // namespace aisle::detail

#include "moss_call.hpp"

#include "../entry/bucket_uri.hpp"
#include "cluster_path.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/moss.hpp>

#include <algorithm>
#include <array>
#include <list>

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
    std::list<std::string> unames;  // what entries view
    entries.reserve(asked.size());
    std::size_t text_bytes = 0;
    // Entries of one bucket follow each other as a rule.
    std::string_view read;
    bucket_uri bucket;
    for (auto const index : asked) {
        entry const& e = all[index];
        if (read.data() == nullptr || e.bucket != read) {
            auto const named = read_bucket(e.bucket);
            if (!named) return named.error();
            bucket = *named;
            read = e.bucket;
        }
        codec::moss_entry out;
        out.objname = e.object;
        if (bucket.name_space.empty()) {
            out.bucket = bucket.name;
            out.provider = bucket.provider;
        } else if (e.bucket != work.path_bucket) {
            out.uname = unames.emplace_back(uname_of(bucket));
        }
        out.archpath = e.archpath;
        if (options.send_opaque) out.opaque = std::as_bytes(std::span(e.opaque));
        out.start = e.range.start;
        out.length = e.range.length;
        entries.push_back(out);
        constexpr std::size_t framing = 128;  // keys, and numbers if there are any
        text_bytes += framing + e.object.size() + e.bucket.size() + e.archpath.size() + e.opaque.size() * 4 / 3;
    }
    codec::moss_options wire;
    wire.mime = codec::request_mime_of(how.format);
    wire.continue_on_error = options.cont_on_err;
    wire.only_object_name = how.only_object_names;
    wire.streaming = how.streaming;

    // The path bucket may belong to entries that are not in this request: a bucket that does not exist, or whose name
    // is wrong, must not take others with it.
    bool const is_asked_for = std::ranges::any_of(asked, [&](auto i) { return all[i].bucket == work.path_bucket; });
    auto const path = read_bucket(is_asked_for ? work.path_bucket : all[asked.front()].bucket);
    if (!path) return path.error();

    auto body = std::make_shared<std::string>();
    body->reserve(text_bytes);
    codec::write_request(*body, entries, wire);
    http::request out;
    out.method = "GET";
    out.target.path = "/v1/ml/moss/" + http::percent_encode(path->name);
    out.target.query = bucket_query(*path);
    // Heeded as a parameter only; in the body AIStore reads and forgets it.
    if (how.colocated && options.colocation != colocation_hint::none)
        out.target.query += "&coloc=" + std::to_string(static_cast<int>(options.colocation));
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

std::string request_id_of(std::string_view path) {
    // /v1/ml/moss/BUCKET/JOB/WORK-ITEM/TARGETS, the bucket left out where the request had none
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

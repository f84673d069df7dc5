#include "moss_call.hpp"

#include "bucket_uri.hpp"

#include <aisle/codec/moss.hpp>

namespace aisle::detail {

result<http::request> moss_request(http::url const& endpoint, batch_work const& work,
                                   std::span<std::uint32_t const> asked) {
    auto const& all = work.what->entries();
    auto const& options = work.job->options();
    std::vector<codec::moss_entry> entries;
    entries.reserve(asked.size());
    for (auto const index : asked) {
        entry const& e = all[index];
        auto const bucket = read_bucket(e.bucket);
        if (!bucket) return bucket.error();
        codec::moss_entry out;
        out.objname = e.object;
        out.bucket = bucket->name;
        out.provider = bucket->provider;
        out.archpath = e.archpath;
        out.opaque = std::as_bytes(std::span(e.opaque));
        out.start = e.range.start;
        out.length = e.range.length;
        entries.push_back(out);
    }
    codec::moss_options wire;
    wire.mime = options.format;
    wire.continue_on_error = true;  // a missing entry is a sample's state, not the batch's end
    wire.only_object_name = false;  // names with their bucket tell more entries apart
    wire.streaming = options.mode == answer_mode::stream;

    // The path bucket may belong to an entry that is not sent, for a fault of its own.
    auto path = read_bucket(work.path_bucket);
    if (!path) path = read_bucket(all[asked.front()].bucket);
    if (!path) return path.error();

    auto body = std::make_shared<std::string>();
    codec::write_request(*body, entries, wire);
    http::request out;
    out.method = "GET";
    out.target = endpoint;
    out.target.path = "/v1/ml/moss/" + http::percent_encode(path->name);
    out.target.query = "provider=" + http::percent_encode(path->provider);
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

}  // namespace aisle::detail

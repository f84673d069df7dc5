#include "object_call.hpp"

#include "../entry/bucket_uri.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

// Every segment by itself: AIStore takes the slashes of a name as they are.
std::string encoded_path(std::string_view name) {
    std::string out;
    for (;;) {
        auto const slash = name.find('/');
        out += http::percent_encode(name.substr(0, slash));
        if (slash == name.npos) return out;
        out += '/';
        name.remove_prefix(slash + 1);
    }
}

}  // namespace

result<http::request> object_request(entry const& e) {
    auto const bucket = read_bucket(e.bucket);
    if (!bucket) return bucket.error();
    http::request out;
    out.method = "GET";
    out.target.path = "/v1/objects/" + http::percent_encode(bucket->name) + '/' + encoded_path(e.object);
    out.target.query = "provider=" + http::percent_encode(bucket->provider);
    if (!bucket->name_space.empty()) out.target.query += "&namespace=" + http::percent_encode(bucket->name_space);
    if (!e.archpath.empty()) {
        out.target.query += "&archpath=" + http::percent_encode(e.archpath);
    } else if (!e.range.whole()) {
        auto const last = e.range.length > 0 ? std::to_string(e.range.start + e.range.length - 1) : std::string();
        out.extra.push_back({"Range", "bytes=" + std::to_string(e.range.start) + '-' + last});
    }
    return out;
}

result<body_part> part_of_body(entry const& e, int status, std::uint64_t length) {
    if (e.range.whole() || status == 206) return body_part{0, length};
    auto const start = static_cast<std::uint64_t>(e.range.start);
    auto const wanted =
        e.range.length > 0 ? static_cast<std::uint64_t>(e.range.length) : length - std::min(start, length);
    if (start > length || wanted > length - start)
        return error{errc::wrong_size, stage::payload,
                     "the range ends behind the " + std::to_string(length) + " bytes there are"};
    return body_part{start, wanted};
}

}  // namespace aisle::detail

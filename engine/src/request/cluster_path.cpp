#include "cluster_path.hpp"

#include <string>

namespace aisle::detail {
namespace {

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

std::string bucket_query(bucket_uri const& bucket) {
    auto out = "provider=" + http::percent_encode(bucket.provider);
    if (!bucket.name_space.empty()) out += "&namespace=" + http::percent_encode(bucket.name_space);
    return out;
}

void name_bucket(http::url& target, bucket_uri const& bucket) {
    target.path = "/v1/buckets/" + http::percent_encode(bucket.name);
    target.query = bucket_query(bucket);
}

void name_object(http::url& target, bucket_uri const& bucket, std::string_view object) {
    target.path = "/v1/objects/" + http::percent_encode(bucket.name) + '/' + encoded_path(object);
    target.query = bucket_query(bucket);
}

}  // namespace aisle::detail

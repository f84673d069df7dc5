#include "cluster_path.hpp"

#include <aisle/base/percent_encoding.hpp>

#include <string>

namespace aisle::detail {
std::string bucket_query(bucket_uri const& bucket) {
    auto out = "provider=" + base::percent_encode(bucket.provider);
    if (!bucket.name_space.empty()) out += "&namespace=" + base::percent_encode(bucket.name_space);
    return out;
}

void name_bucket(http::url& target, bucket_uri const& bucket) {
    target.path = "/v1/buckets/" + base::percent_encode(bucket.name);
    target.query = bucket_query(bucket);
}

void name_object(http::url& target, bucket_uri const& bucket, std::string_view object) {
    target.path = "/v1/objects/" + base::percent_encode(bucket.name) + '/' + base::percent_encode(object, "/");
    target.query = bucket_query(bucket);
}

}  // namespace aisle::detail

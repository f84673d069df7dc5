#pragma once

#include "../entry/bucket_uri.hpp"

#include <aisle/http/url.hpp>

#include <string>
#include <string_view>

namespace aisle::detail {

/// provider=...[&namespace=...]: which bucket of that name it is.
std::string bucket_query(bucket_uri const& bucket);

/// Sets path and query to those of requests about a bucket as a whole: /v1/buckets/NAME?provider=...[&namespace=...].
void name_bucket(http::url& target, bucket_uri const& bucket);

/// Sets path and query to those of requests about an object: /v1/objects/BUCKET/NAME?provider=...[&namespace=...].
/// AIStore takes the slashes of a name as they are, so each of its components is percent-encoded by itself.
void name_object(http::url& target, bucket_uri const& bucket, std::string_view object);

}  // namespace aisle::detail

#pragma once

#include "../entry/bucket_uri.hpp"

#include <aisle/http/url.hpp>

#include <string>
#include <string_view>

namespace aisle::detail {

/// provider=...[&namespace=...]: selects among buckets of the same name.
std::string bucket_query(bucket_uri const& bucket);

/// Sets path and query for requests about a whole bucket: /v1/buckets/NAME?provider=...[&namespace=...].
void name_bucket(http::url& target, bucket_uri const& bucket);

/// Sets path and query for requests about an object: /v1/objects/BUCKET/NAME?provider=...[&namespace=...]. AIStore
/// takes the slashes of a name as they are, so each of its components is percent-encoded separately.
void name_object(http::url& target, bucket_uri const& bucket, std::string_view object);

}  // namespace aisle::detail

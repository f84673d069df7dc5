#pragma once

#include <string>
#include <string_view>

namespace aisle::codec {

/// True when a bucket's properties (the JSON of AIStore's Ais-Bucket-Props field) name a backend bucket, from which
/// AIStore fetches objects that it does not hold. False for any other text.
bool has_backend(std::string_view bucket_props);

/// The type of checksum that the bucket stores for its objects, such as "xxhash2", by the same properties. Empty if
/// they name none, and for any other text.
std::string checksum_type_in(std::string_view bucket_props);

}  // namespace aisle::codec

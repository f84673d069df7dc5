#pragma once

#include <string>
#include <string_view>

namespace aisle::codec {

/// True when the properties of a bucket (the JSON of AIStore's Ais-Bucket-Props field) name a backend bucket, from
/// which AIStore fetches objects that it does not hold. False for anything that is not such JSON.
bool has_backend(std::string_view bucket_props);

/// The type of the checksums that the bucket keeps of its objects, such as "xxhash2", by the same properties. Empty for
/// none, and for anything that is not such JSON.
std::string checksum_type_in(std::string_view bucket_props);

}  // namespace aisle::codec

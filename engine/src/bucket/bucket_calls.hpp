#pragma once

#include "operation.hpp"

#include <aisle/bucket.hpp>

#include <string>

namespace aisle::detail {

/// What is asked of a bucket as a whole. bucket: "ais://name", one that read_bucket() takes.

/// True when it was made, or may have been by an attempt whose answer was lost.
http::task<result<bool>> create_bucket(operation_context context, std::string bucket, operation_options options);
/// False when there was none.
http::task<result<bool>> destroy_bucket(operation_context context, std::string bucket, operation_options options);
/// The type of the checksums that it keeps of its objects; empty: none.
http::task<result<std::string>> ask_checksum_type(operation_context context, std::string bucket, retry_options retry);

}  // namespace aisle::detail

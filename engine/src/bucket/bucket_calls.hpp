#pragma once

#include "../call/operation.hpp"

#include <aisle/bucket.hpp>

#include <string>

namespace aisle::detail {

/// Requests for a whole bucket. bucket: "ais://name", one that read_bucket() accepts.

/// True if it was created, possibly by an attempt whose response was lost.
http::task<result<bool>> create_bucket(operation_context context, std::string bucket, operation_options options);
/// False if it did not exist.
http::task<result<bool>> destroy_bucket(operation_context context, std::string bucket, operation_options options);
/// The type of its objects' checksums; empty: none.
http::task<result<std::string>> ask_checksum_type(operation_context context, std::string bucket, retry_options retry);

}  // namespace aisle::detail

#pragma once

#include "../call/operation.hpp"

#include <aisle/bucket.hpp>
#include <aisle/http/body_source.hpp>

#include <memory>
#include <string>

namespace aisle::detail {

/// Requests for one object. `what` has a bucket and an object that check() accepts.

http::task<result<object_info>> head_object(operation_context context, entry what, operation_options options);

/// Error errc::wrong_checksum: the response has a checksum of the whole object, and that of the bytes differs.
http::task<result<object_data>> get_object(operation_context context, entry what, retry_options retry);

/// Stores data as the object, and compares checksums like get_object().
http::task<result<object_info>> put_object(operation_context context, entry what,
                                           std::shared_ptr<http::body_source> data, retry_options retry);

}  // namespace aisle::detail

#pragma once

#include "operation.hpp"

#include <aisle/bucket.hpp>
#include <aisle/http/body_source.hpp>

#include <memory>
#include <string>

namespace aisle::detail {

/// What is asked of one object: bucket and object are such as check() takes.

http::task<result<object_info>> head_object(operation_context context, entry what, operation_options options);

/// The error errc::wrong_checksum where the answer names a checksum of the whole object and its bytes have another.
http::task<result<object_data>> get_object(operation_context context, entry what, retry_options retry);

/// Sends data as the object, and compares checksums as get_object() does.
http::task<result<object_info>> put_object(operation_context context, entry what,
                                           std::shared_ptr<http::body_source> data, retry_options retry);

}  // namespace aisle::detail

#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// A place in a bucket as it is given on the command line: "ais://bucket" or "ais://bucket/what/follows".
struct bucket_argument {
    std::string bucket;  ///< "ais://bucket"
    std::string rest;    ///< behind the slash, possibly empty
};

/// Throws usage_error for a text without a provider or a bucket.
bucket_argument parse_bucket_argument(std::string_view text);

}  // namespace aisle::cli

#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// A bucket and a prefix as given on the command line: "ais://bucket" or "ais://bucket/prefix".
struct bucket_argument {
    std::string bucket;  ///< "ais://bucket"
    std::string rest;    ///< what follows the slash, possibly empty
};

/// Throws usage_error when the text has no provider or no bucket.
bucket_argument parse_bucket_argument(std::string_view text);

}  // namespace aisle::cli

#include "bucket_argument.hpp"

#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "bucket_text.hpp"

namespace aisle::cli {

bucket_argument parse_bucket_argument(std::string_view text) {
    auto const parts = split_bucket(text);
    auto const slash = parts.name.find('/');
    if (parts.provider.empty() || parts.name.empty() || slash == 0)
        throw usage_error("'" + printable(text) + "' is not a bucket: write ais://BUCKET or ais://BUCKET/PREFIX");
    bucket_argument out;
    if (slash != parts.name.npos) out.rest = parts.name.substr(slash + 1);
    auto const rest_bytes = slash == parts.name.npos ? 0 : out.rest.size() + 1;
    out.bucket = text.substr(0, text.size() - rest_bytes);
    return out;
}

}  // namespace aisle::cli

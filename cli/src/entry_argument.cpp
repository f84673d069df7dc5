#include "bucket_text.hpp"
#include "entry_text.hpp"
#include "printable.hpp"

namespace aisle::cli {

result<entry> parse_entry_argument(std::string_view text, std::string_view default_bucket) {
    entry e;
    if (!default_bucket.empty()) {
        e.bucket = default_bucket;
        e.object = text;
    } else {
        auto const parts = split_bucket(text);
        auto const slash = parts.name.find('/');
        if (parts.provider.empty() || slash == text.npos || (slash == 0 && parts.name_space.empty()))
            return error{
                errc::invalid_argument, stage::usage,
                "'" + printable(text) + "' is not like ais://bucket/object (or give --bucket and object names)"};
        e.object = parts.name.substr(slash + 1);
        e.bucket = text.substr(0, text.size() - e.object.size() - 1);
    }
    if (e.object.empty())
        return error{errc::invalid_argument, stage::usage, "'" + printable(text) + "' names no object"};
    return e;
}

}  // namespace aisle::cli

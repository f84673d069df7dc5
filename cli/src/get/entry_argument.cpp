#include "../flags/bucket_text.hpp"
#include "../text/printable.hpp"
#include "entry_text.hpp"

#include <aisle/codec/archive_format.hpp>

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
            return error{errc::invalid_argument, stage::usage,
                         "'" + printable(text) +
                             "' is not an object: write ais://BUCKET/OBJECT, or give --bucket and object names"};
        e.object = parts.name.substr(slash + 1);
        e.bucket = text.substr(0, text.size() - e.object.size() - 1);
    }
    if (e.object.empty())
        return error{errc::invalid_argument, stage::usage,
                     "'" + printable(text) + "' has a bucket but no object: write ais://BUCKET/OBJECT"};
    return e;
}

std::string member_remedy(entry const& missing) {
    if (!missing.archpath.empty()) return {};
    std::string_view const name = missing.object;
    for (auto slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1))
        if (codec::is_archive_name(name.substr(0, slash)))
            return "name a member of an archive in a line of --input, as "
                   R"({"object": "shard.tar", "archpath": "a.jpg"}; this is the name of an object)";
    return {};
}

}  // namespace aisle::cli

#include "entry_text.hpp"
#include "printable.hpp"

namespace aisle::cli {

result<entry> parse_entry_argument(std::string_view text, std::string_view default_bucket) {
    entry e;
    if (!default_bucket.empty()) {
        e.bucket = default_bucket;
        e.object = text;
    } else {
        auto const scheme = text.find("://");
        auto slash = scheme == text.npos ? text.npos : text.find('/', scheme + 3);
        bool const has_namespace = slash != text.npos && (text[scheme + 3] == '@' || text[scheme + 3] == '#');
        if (has_namespace) slash = text.find('/', slash + 1);
        if (slash == text.npos || scheme == 0 || slash == scheme + 3)
            return error{
                errc::invalid_argument, stage::usage,
                "'" + printable(text) + "' is not like ais://bucket/object (or give --bucket and object names)"};
        e.bucket = text.substr(0, slash);
        e.object = text.substr(slash + 1);
    }
    if (e.object.empty())
        return error{errc::invalid_argument, stage::usage, "'" + printable(text) + "' names no object"};
    return e;
}

}  // namespace aisle::cli

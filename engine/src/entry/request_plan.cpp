#include "request_plan.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

bool in_namespace(std::string_view bucket) noexcept {
    auto const scheme = bucket.find("://");
    auto const at = scheme == bucket.npos ? 0 : scheme + 3;
    return at < bucket.size() && (bucket[at] == '@' || bucket[at] == '#');
}

}  // namespace

std::string_view path_bucket_of(batch const& what, std::string_view before) {
    auto const& entries = what.entries();
    auto const spaced = std::ranges::find_if(entries, in_namespace, &entry::bucket);
    auto const same = std::ranges::find(entries, before, &entry::bucket);
    if (spaced != entries.end() && !(same != entries.end() && in_namespace(before))) return spaced->bucket;
    if (same != entries.end() || entries.empty()) return before;
    return entries.front().bucket;
}

bool needs_unames(batch const& what, std::string_view path_bucket) {
    return std::ranges::any_of(what.entries(),
                               [&](entry const& e) { return e.bucket != path_bucket && in_namespace(e.bucket); });
}

}  // namespace aisle::detail

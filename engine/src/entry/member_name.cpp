#include "member_name.hpp"

namespace aisle::detail {
namespace {

// Removes a prefix, if it is there.
bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// True for the member name of an entry without archpath, the common case; two comparisons.
bool is_object_name(std::string_view object, std::string_view bucket_name, std::string_view member) noexcept {
    if (bucket_name.empty()) return member == object;
    auto const before = bucket_name.size() + 1;
    return member.size() == before + object.size() && member[before - 1] == '/' && member.ends_with(object) &&
           member.starts_with(bucket_name);
}

}  // namespace

name_verdict judge_name(entry const& e, std::string_view bucket_name, std::string_view member) noexcept {
    if (e.archpath.empty() && is_object_name(e.object, bucket_name, member)) return name_verdict::expected;
    auto const is_entry = [&](std::string_view name, bool shard_alone_will_do) {
        if (!bucket_name.empty() && (!take(name, bucket_name) || !take(name, "/"))) return false;
        if (!take(name, e.object)) return false;
        if (e.archpath.empty()) return name.empty();
        if (name.empty()) return shard_alone_will_do;
        if (!take(name, "/")) return false;
        std::string_view archpath = e.archpath;
        if (take(archpath, "/")) take(name, "/");
        return name == archpath;
    };
    if (is_entry(member, false)) return name_verdict::expected;
    if (take(member, "__404__/") && is_entry(member, true)) return name_verdict::missing;
    return name_verdict::other;
}

}  // namespace aisle::detail

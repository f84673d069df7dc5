#include "object_pages.hpp"

#include <algorithm>
#include <iterator>

namespace aisle::playground {
namespace {

constexpr std::size_t everything = static_cast<std::size_t>(-1);

bool wants(action_message const& asked, char const* prop) {
    return asked.props.find(prop) != std::string::npos;
}

}  // namespace

codec::listed_entry object_pages::entry_of(bucket_id const& id, bucket const& objects, listed_object const& object,
                                           action_message const& asked) const {
    codec::listed_entry out;
    out.name = object.name;
    if (asked.props.empty() || wants(asked, "size")) out.size = object.size;
    if (object.present) out.flags = codec::listed_entry::cached;
    if (!object.present) return out;
    if (wants(asked, "version") && !objects.backend()) out.version = "1";
    if (wants(asked, "location")) out.location = home_.location_of(id, object.name);
    if (wants(asked, "checksum"))
        if (auto const bytes = objects.open(object.name))
            out.checksum = checksums_.of(id.uri() + "/" + object.name, *bytes);
    return out;
}

// Sorted by name, as AIStore's proxy merges the lists of its targets. Unlike AIStore it loses nothing. An AIStore
// target lists members right after their archive; if a page ends between them and an object whose name starts with the
// archive's name, it skips some. And it stops at an archive that it cannot read.
std::vector<codec::listed_entry> object_pages::with_members(bucket_id const& id, bucket& objects,
                                                            action_message const& asked) const {
    std::vector<codec::listed_entry> all;
    for (auto const& object : objects.list(asked.prefix, {}, everything)) {
        if (!object.present) continue;
        all.push_back(entry_of(id, objects, object, asked));
        auto const kind = shard_kind_of_name(object.name);
        if (kind == shard_kind::none) continue;
        auto const shard = objects.open(object.name);
        if (!shard) continue;
        auto const index = shards_.index(id.uri(), object.name, *shard, kind);
        if (!index->damage.empty()) continue;
        auto const flags = all.back().flags;
        all.back().flags |= codec::listed_entry::archive;
        for (auto const& [name, place] : index->members) {
            codec::listed_entry member;
            member.name = object.name + "/" + name;
            member.size = place.size;
            member.flags = flags | codec::listed_entry::in_archive;
            all.push_back(std::move(member));
        }
    }
    std::ranges::sort(all, {}, &codec::listed_entry::name);
    return all;
}

codec::object_page object_pages::page(bucket_id const& id, bucket& objects, action_message const& asked,
                                      std::size_t limit) const {
    codec::object_page out;
    auto const& after = asked.continuation_token.empty() ? asked.start_after : asked.continuation_token;
    if ((asked.flags & codec::list_members) != 0) {
        auto all = with_members(id, objects, asked);
        auto const from = std::ranges::upper_bound(all, after, {}, &codec::listed_entry::name);
        auto const n = std::min<std::size_t>(limit, static_cast<std::size_t>(all.end() - from));
        out.entries.assign(std::make_move_iterator(from),
                           std::make_move_iterator(from + static_cast<std::ptrdiff_t>(n)));
    } else {
        bool const cached_only = (asked.flags & codec::list_cached_only) != 0;
        auto last = after;
        while (out.entries.size() < limit) {
            auto const found = objects.list(asked.prefix, last, limit - out.entries.size());
            if (found.empty()) break;
            last = found.back().name;
            for (auto const& object : found)
                if (object.present || !cached_only) out.entries.push_back(entry_of(id, objects, object, asked));
        }
    }
    if (out.entries.size() == limit) out.token = out.entries.back().name;
    return out;
}

}  // namespace aisle::playground

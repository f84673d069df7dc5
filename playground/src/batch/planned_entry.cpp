#include "planned_entry.hpp"

namespace aisle::playground {

codec::get_batch_out planned_entry::out_local() const {
    return {.objname = entry.objname,
            .archpath = entry.archpath,
            .bucket = where.name,
            .provider = where.provider,
            .err_msg = {},
            .opaque = entry.opaque};
}

codec::get_batch_out planned_entry::out_forwarded() const {
    return {.objname = entry.archpath.empty() ? entry.objname : entry.objname + "/" + entry.archpath,
            .archpath = {},
            .bucket = where.name,
            .provider = entry.provider,
            .err_msg = {},
            .opaque = entry.opaque};
}

std::string planned_entry::not_found() const {
    return node + ": " + bucket_uri + "/" + entry.objname + " does not exist";
}

std::string planned_entry::not_in_shard() const {
    return node + ": " + entry.archpath + " in " + bucket_uri + "/" + entry.objname + " does not exist";
}

looked_up look_up(planned_entry const& at, shard_cache& shards) {
    looked_up found;
    if (at.objects) found.object = at.objects->open(at.entry.objname);
    if (!found.object) return found;
    found.what = looked_up::outcome::found;
    found.size = found.object->size();
    if (at.entry.archpath.empty()) return found;

    auto member = shards.find(at.bucket_uri, at.entry.objname, std::move(*found.object), at.entry.archpath);
    found.object = std::move(member.source);
    found.offset = member.offset;
    found.size = member.size;
    found.why = std::move(member.why);
    switch (member.what) {
        case found_member::outcome::found: break;
        case found_member::outcome::no_member: found.what = looked_up::outcome::no_member; break;
        case found_member::outcome::broken: found.what = looked_up::outcome::broken; break;
    }
    return found;
}

}  // namespace aisle::playground

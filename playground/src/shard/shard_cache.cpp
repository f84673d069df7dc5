#include "shard_cache.hpp"

#include "shard_stream.hpp"
#include "zip_member.hpp"

#include <aisle/codec/zip/zip_records.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

std::string key_of(std::string_view bucket, std::string_view object) {
    std::string key(bucket);
    return key.append("/").append(object);
}

// The key of an unpacked part of a shard.
std::string key_of_part(std::string const& key, stored_object const& shard, std::uint64_t offset) {
    auto out = key;
    for (auto const n : {shard.identity(), shard.size(), offset}) out.append("\n").append(std::to_string(n));
    return out;
}

stored_object in_memory(std::shared_ptr<unpacked const> const& what) {
    return stored_object::memory(std::shared_ptr<std::string const>(what, &what->bytes), 0);
}

// Bytes [from, to) of a compressed tar; fewer if it ends before.
std::shared_ptr<unpacked const> unpack(stored_object const& shard, shard_kind kind, std::uint64_t from,
                                       std::uint64_t to) {
    constexpr std::uint64_t least_growth = 64 * 1024;
    auto out = std::make_shared<unpacked>();
    shard_stream tar(shard, kind);
    auto more = tar.skip(from);
    while (more && out->bytes.size() < to - from) {
        // Allocate for the bytes that exist, not for the size in a header.
        std::uint64_t const had = out->bytes.size();
        out->bytes.resize(static_cast<std::size_t>(had + std::min(std::max(had, least_growth), to - from - had)));
        auto const room = std::as_writable_bytes(std::span(out->bytes)).subspan(static_cast<std::size_t>(had));
        auto const n = tar.read(room);
        more = n == room.size();
        out->bytes.resize(static_cast<std::size_t>(had) + n);
    }
    out->damage = tar.damage();
    return out;
}

}  // namespace

std::shared_ptr<shard_index const> shard_cache::index(std::string_view bucket, std::string_view object_name,
                                                      stored_object const& shard, shard_kind kind) {
    auto key = key_of(bucket, object_name);
    {
        std::lock_guard const lock(mutex_);
        auto const at = kept_.find(key);
        if (at != kept_.end() && at->second.identity == shard.identity() && at->second.size == shard.size())
            return at->second.index;
    }
    auto fresh = std::make_shared<shard_index const>(shard_index::read(shard, kind));
    std::lock_guard const lock(mutex_);
    if (auto const old = kept_.find(key); old != kept_.end()) {
        members_ -= old->second.index->members.size();
        kept_.erase(old);
    }
    if (members_ + fresh->members.size() > max_members) {
        kept_.clear();
        members_ = 0;
    }
    members_ += fresh->members.size();
    kept_.emplace(std::move(key), kept{shard.identity(), shard.size(), fresh});
    return fresh;
}

std::shared_ptr<unpacked const> shard_cache::kept_part(std::string const& key) {
    std::lock_guard const lock(mutex_);
    return unpacked_.find(key);
}

void shard_cache::keep_part(std::string const& key, std::shared_ptr<unpacked const> part) {
    std::lock_guard const lock(mutex_);
    unpacked_.keep(key, std::move(part));
}

found_member shard_cache::find(std::string_view bucket, std::string_view object_name, stored_object object,
                               std::string_view archpath) {
    found_member found;
    auto const broken = [&found](std::string why) {
        found.what = found_member::outcome::broken;
        found.why = std::move(why);
    };
    auto const kind = shard_kind_of(object_name, object);
    if (kind == shard_kind::none) {
        broken("unrecognized or unsupported file format: \"" + std::string(object_name) + "\"");
        return found;
    }
    auto const members = index(bucket, object_name, object, kind);
    auto const* place = members->find(archpath);
    if (!place) {
        if (!members->damage.empty()) broken(members->damage);
        return found;
    }
    found.what = found_member::outcome::found;
    found.offset = place->offset;
    found.size = place->size;
    auto const key = key_of(bucket, object_name);
    if (kind == shard_kind::zip) {
        take_from_zip(found, key, std::move(object), *place);
    } else if (place->sparse) {
        take_sparse(found, key, kind, object, *place);
    } else if (kind == shard_kind::tar) {
        found.source = std::move(object);
    } else if (place->size > max_unpacked_bytes) {
        broken("the playground supports members of up to 1 GiB in compressed shards");
    } else {
        take_from_tar(found, key, kind, object);
    }
    return found;
}

// Unpacks whole windows, so that neighbouring members are unpacked together.
void shard_cache::take_from_tar(found_member& found, std::string const& key, shard_kind kind,
                                stored_object const& shard) {
    auto const begin = found.offset / window_bytes * window_bytes;
    auto const end = std::max(begin + window_bytes, found.offset + found.size);
    auto const part = key_of_part(key, shard, begin);
    auto window = kept_part(part);
    // A shorter window was unpacked for a smaller member, or the tar ends there.
    if (!window || (window->bytes.size() < found.offset + found.size - begin && window->damage.empty())) {
        window = unpack(shard, kind, begin, end);
        keep_part(part, window);
    }
    found.source = in_memory(window);
    found.offset -= begin;
}

void shard_cache::take_sparse(found_member& found, std::string const& key, shard_kind kind, stored_object const& shard,
                              shard_index::place const& place) {
    if (place.size > max_unpacked_bytes || place.packed_size > max_unpacked_bytes) {
        found.what = found_member::outcome::broken;
        found.why = "the playground supports sparse members of up to 1 GiB";
        return;
    }
    auto const part = key_of_part(key, shard, place.offset);
    auto file = kept_part(part);
    if (!file) {
        auto const stored = unpack(shard, kind, place.offset, place.offset + place.packed_size);
        auto fresh = std::make_shared<unpacked>();
        fresh->bytes = place.sparse->expand(stored->bytes);
        fresh->damage = stored->damage;
        file = std::move(fresh);
        keep_part(part, file);
    }
    found.why = file->damage;
    found.offset = 0;
    found.source = in_memory(file);
}

void shard_cache::take_from_zip(found_member& found, std::string const& key, stored_object shard,
                                shard_index::place const& place) {
    auto const stored = place.method == codec::zip_stored;
    auto const data = zip_data_offset(shard, place);
    if (!data || (!stored && place.method != codec::zip_deflated) || (!stored && place.size > max_unpacked_bytes)) {
        found.what = found_member::outcome::broken;
        found.why = !data                             ? "zip: not a valid zip file"
                    : place.size > max_unpacked_bytes ? "the playground supports deflated members of up to 1 GiB"
                                                      : "zip: unsupported compression algorithm";
        return;
    }
    auto const part = key_of_part(key, shard, place.offset);
    auto member = kept_part(part);
    if (!member) {
        member = std::make_shared<unpacked const>(read_zip_member(shard, *data, place, !stored));
        keep_part(part, member);
    }
    found.why = member->damage;
    found.offset = stored ? *data : 0;
    found.source = stored ? std::move(shard) : in_memory(member);
}

}  // namespace aisle::playground

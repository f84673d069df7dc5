#include "shard_index.hpp"

#include <aisle/codec/tar_reader.hpp>

#include <array>
#include <vector>

namespace aisle::playground {
namespace {

std::string_view without_slash(std::string_view name) noexcept {
    if (name.starts_with('/')) name.remove_prefix(1);
    return name;
}

std::string damage_of(codec::tar_reader const& reader) {
    if (reader.failure().code != errc::truncated_archive) return "archive/tar: invalid tar header";
    auto const between_members = reader.entry_remaining() == 0 && reader.offset() % codec::tar_block_bytes == 0;
    return between_members ? "" : "unexpected EOF";
}

}  // namespace

shard_kind shard_kind_of_name(std::string_view name) noexcept {
    if (name.ends_with(".tar")) return shard_kind::tar;
    if (name.ends_with(".tgz") || name.ends_with(".tar.gz")) return shard_kind::tgz;
    if (name.ends_with(".zip")) return shard_kind::zip;
    if (name.ends_with(".tar.lz4")) return shard_kind::tar_lz4;
    return shard_kind::none;
}

shard_kind shard_kind_of(std::string_view name, stored_object const& object) {
    if (auto const kind = shard_kind_of_name(name); kind != shard_kind::none) return kind;
    std::array<std::byte, 512> block{};
    object.read(0, block);
    std::string_view const text(reinterpret_cast<char const*>(block.data()), block.size());
    if (text.substr(257, 5) == "ustar") return shard_kind::tar;
    if (text.starts_with("\x1f\x8b")) return shard_kind::tgz;
    if (text.starts_with("PK\x03\x04")) return shard_kind::zip;
    if (text.starts_with("\x04\x22\x4d\x18")) return shard_kind::tar_lz4;
    return shard_kind::none;
}

shard_index shard_index::read(stored_object const& shard) {
    shard_index found;
    codec::tar_reader reader;
    std::vector<std::byte> piece(256 * 1024);
    std::uint64_t offset = 0;
    for (;;) {
        auto const event = reader.next();
        switch (event.kind) {
            case codec::event_kind::need_input: {
                auto const n = shard.read(offset, piece);
                offset += n;
                if (n == 0) {
                    reader.finish();
                } else {
                    reader.feed(std::span(piece).first(n));
                }
                break;
            }
            case codec::event_kind::entry_begin: {
                auto const& entry = reader.entry();
                auto const is_member =
                    entry.type == codec::entry_type::regular || entry.type == codec::entry_type::link;
                auto const size = entry.type == codec::entry_type::link ? 0 : entry.size;
                if (is_member)
                    found.members.try_emplace(std::string(without_slash(entry.name)), place{reader.offset(), size});
                break;
            }
            case codec::event_kind::entry_data:
            case codec::event_kind::entry_end: break;
            case codec::event_kind::end: return found;
            case codec::event_kind::error: found.damage = damage_of(reader); return found;
        }
    }
}

shard_index::place const* shard_index::find(std::string_view archpath) const {
    auto const at = members.find(std::string(without_slash(archpath)));
    return at == members.end() ? nullptr : &at->second;
}

std::shared_ptr<shard_index const> shard_cache::index(std::string_view bucket, std::string_view object,
                                                      stored_object const& shard) {
    auto key = std::string(bucket) + "/" + std::string(object);
    std::lock_guard const lock(mutex_);
    auto const at = kept_.find(key);
    if (at != kept_.end() && at->second.identity == shard.identity() && at->second.size == shard.size())
        return at->second.index;
    auto fresh = std::make_shared<shard_index const>(shard_index::read(shard));
    if (members_ + fresh->members.size() > max_members) {
        kept_.clear();
        members_ = 0;
    }
    members_ += fresh->members.size();
    kept_.insert_or_assign(std::move(key), kept{shard.identity(), shard.size(), fresh});
    return fresh;
}

}  // namespace aisle::playground

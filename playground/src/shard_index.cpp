#include "shard_index.hpp"

#include "shard_stream.hpp"

#include <aisle/codec/tar_reader.hpp>

#include <vector>

namespace aisle::playground {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

std::string_view without_slash(std::string_view name) noexcept {
    if (name.starts_with('/')) name.remove_prefix(1);
    return name;
}

std::string damage_of(codec::tar_reader const& reader, shard_stream const& tar) {
    if (reader.failure().code != errc::truncated_archive) return "archive/tar: invalid tar header";
    if (!tar.damage().empty()) return tar.damage();
    auto const between_members = reader.entry_remaining() == 0 && reader.offset() % codec::tar_block_bytes == 0;
    return between_members ? "" : "unexpected EOF";
}

}  // namespace

shard_index shard_index::read(stored_object const& shard, shard_kind kind) {
    if (kind == shard_kind::zip) return read_zip_index(shard);
    shard_index found;
    shard_stream tar(shard, kind);
    codec::tar_reader reader;
    std::vector<std::byte> piece(piece_bytes);
    for (;;) {
        switch (reader.next().kind) {
            case codec::event_kind::need_input:
                if (auto const n = tar.read(piece); n > 0) {
                    reader.feed(std::span(piece).first(n));
                } else {
                    reader.finish();
                }
                break;
            case codec::event_kind::entry_begin: {
                auto const& entry = reader.entry();
                auto const is_link = entry.type == codec::entry_type::link;
                if (is_link || entry.type == codec::entry_type::regular)
                    found.add(entry.name, {.offset = reader.offset(), .size = is_link ? 0 : entry.size});
                break;
            }
            case codec::event_kind::entry_data:
            case codec::event_kind::entry_end: break;
            case codec::event_kind::end: return found;
            case codec::event_kind::error: found.damage = damage_of(reader, tar); return found;
        }
    }
}

shard_index::place const* shard_index::find(std::string_view archpath) const {
    auto const at = members.find(std::string(without_slash(archpath)));
    return at == members.end() ? nullptr : &at->second;
}

void shard_index::add(std::string_view name, place where) {
    members.try_emplace(std::string(without_slash(name)), where);
}

}  // namespace aisle::playground

#include "shard_index.hpp"

namespace aisle::playground {
namespace {

std::string_view without_slash(std::string_view name) noexcept {
    if (name.starts_with('/')) name.remove_prefix(1);
    return name;
}

}  // namespace

shard_index shard_index::read(stored_object const& shard, shard_kind kind) {
    return kind == shard_kind::zip ? read_zip_index(shard) : read_tar_index(shard, kind);
}

shard_index::place const* shard_index::find(std::string_view archpath) const {
    auto const at = members.find(std::string(without_slash(archpath)));
    return at == members.end() ? nullptr : &at->second;
}

void shard_index::add(std::string_view name, place where) {
    members.try_emplace(std::string(without_slash(name)), std::move(where));
}

}  // namespace aisle::playground

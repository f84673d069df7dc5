#include "shard_kind.hpp"

#include <array>

namespace aisle::playground {

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
    auto const size = object.read(0, block);
    std::string_view const text(reinterpret_cast<char const*>(block.data()), size);
    if (size > 257 && text.substr(257).starts_with("ustar")) return shard_kind::tar;
    if (text.starts_with("\x1f\x8b")) return shard_kind::tgz;
    if (text.starts_with("PK")) return shard_kind::zip;
    if (text.starts_with("\x04\x22\x4d\x18")) return shard_kind::tar_lz4;
    return shard_kind::none;
}

}  // namespace aisle::playground

#include "member.hpp"

#include <aisle/codec/tar/tar_header.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <algorithm>

namespace aisle::playground {

std::uint64_t member::available() const noexcept {
    if (!source || source->size() <= offset) return 0;
    return std::min(size, source->size() - offset);
}

std::uint64_t tar_bytes(std::span<member const> members) {
    std::uint64_t bytes = 2 * codec::tar_block_bytes;
    std::string header;
    for (auto const& m : members) {
        header.clear();
        static_cast<void>(codec::append_tar_header(header, m.name, m.size, m.modified_seconds));
        bytes += header.size() + m.size + codec::tar_padding(m.size);
    }
    return bytes;
}

}  // namespace aisle::playground

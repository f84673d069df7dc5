#include "stored_object.hpp"

#include <aisle/playground/synthetic.hpp>

#include <algorithm>

namespace aisle::playground {

stored_object stored_object::file(file_descriptor fd, std::uint64_t size, std::int64_t modified_seconds,
                                  std::uint64_t identity) {
    return {std::move(fd), size, modified_seconds, identity};
}

stored_object stored_object::memory(std::shared_ptr<std::string const> bytes, std::int64_t modified_seconds,
                                    std::uint64_t identity) {
    auto const size = bytes->size();
    return {std::move(bytes), size, modified_seconds, identity};
}

stored_object stored_object::made_up(std::uint64_t index, std::uint64_t size) {
    return {index, size, 0, index};
}

void stored_object::read_source(std::uint64_t offset, std::span<std::byte> to) const {
    if (auto const* bytes = std::get_if<std::shared_ptr<std::string const>>(&from_)) {
        (*bytes)->copy(reinterpret_cast<char*>(to.data()), to.size(), offset);
    } else {
        fill_synthetic(std::get<std::uint64_t>(from_), offset, to);
    }
}

std::size_t stored_object::read(std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second) const {
    if (offset >= size_) return 0;
    auto n = static_cast<std::size_t>(std::min<std::uint64_t>(first.size() + second.size(), size_ - offset));
    first = first.first(std::min(n, first.size()));
    second = second.first(n - first.size());
    if (auto const* fd = std::get_if<file_descriptor>(&from_)) {
        n = read_at(fd->get(), offset, first, second);
    } else {
        read_source(offset, first);
        if (!second.empty()) read_source(offset + first.size(), second);
    }
    if (flipped_ >= offset && flipped_ - offset < n) {
        auto const at = static_cast<std::size_t>(flipped_ - offset);
        (at < first.size() ? first[at] : second[at - first.size()]) ^= std::byte{1};
    }
    return n;
}

}  // namespace aisle::playground

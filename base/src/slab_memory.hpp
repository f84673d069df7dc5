#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <utility>

namespace aisle::detail {

/// The memory of slabs: from the caller's resource, if there is one. Otherwise from large_memory for large slabs, which
/// can then grow without a copy, and from operator new for the others.
class slab_memory {
public:
    explicit slab_memory(std::shared_ptr<std::pmr::memory_resource> from) noexcept : from_(std::move(from)) {}

    /// Aligned to 4096. Throws std::bad_alloc.
    std::byte* take(std::size_t bytes) const;
    void give_back(std::byte* from, std::size_t bytes) const noexcept;
    /// Enlarges the memory and keeps its content; its address may change. Throws std::bad_alloc; the memory is then
    /// unchanged.
    std::byte* enlarge(std::byte* from, std::size_t bytes, std::size_t wanted) const;

private:
    std::shared_ptr<std::pmr::memory_resource> from_;
};

}  // namespace aisle::detail

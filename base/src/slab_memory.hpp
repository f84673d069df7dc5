#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <utility>

namespace aisle::detail {

/// Where the memory of slabs comes from: the caller's resource, if there is one; otherwise large_memory for large
/// slabs, which need not be copied to grow, nor be there twice meanwhile, and operator new for the others.
class slab_memory {
public:
    explicit slab_memory(std::shared_ptr<std::pmr::memory_resource> from) noexcept : from_(std::move(from)) {}

    /// Aligned to 4096. Throws std::bad_alloc.
    std::byte* take(std::size_t bytes) const;
    void give_back(std::byte* from, std::size_t bytes) const noexcept;
    /// More of it, with what is in it, maybe elsewhere. Throws std::bad_alloc, and leaves it as it was then.
    std::byte* enlarge(std::byte* from, std::size_t bytes, std::size_t wanted) const;

private:
    std::shared_ptr<std::pmr::memory_resource> from_;
};

}  // namespace aisle::detail

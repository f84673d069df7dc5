#pragma once

#include <cstddef>

namespace aisle::detail {

// The memory of slabs. On Linux that of large ones comes from the kernel itself: what is given back leaves the process
// at once, which an allocator does not promise, and what grows need not be copied, nor be there twice meanwhile.
// Elsewhere, and under sanitizers, which are to see where a slab ends, all of it comes from operator new.

/// Aligned to 4096. Throws std::bad_alloc.
std::byte* take_memory(std::size_t bytes);
void give_back_memory(std::byte* from, std::size_t bytes) noexcept;
/// More of it, with what is in it, maybe elsewhere. Throws std::bad_alloc, and leaves it as it was then.
std::byte* enlarge_memory(std::byte* from, std::size_t bytes, std::size_t wanted);

}  // namespace aisle::detail

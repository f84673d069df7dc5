#pragma once

#include <cstddef>

namespace aisle::detail {

/// Memory in pieces of some 100 KiB or more that returns to the system immediately. malloc does not guarantee that: on
/// glibc's heap, freed pieces of a few MiB stay between other blocks. On Linux the memory comes from mmap(2), is
/// zeroed, and costs page faults each time. On other systems, and with sanitizers, which have to know where a piece
/// ends, it comes from operator new. Any thread.
struct large_memory {
    /// Aligned to 4096. Throws std::bad_alloc.
    static std::byte* take(std::size_t bytes);
    /// bytes: the size that was taken, or the last enlarged size.
    static void give_back(std::byte* from, std::size_t bytes) noexcept;
    /// Enlarges the piece and keeps its content; its address may change. Throws std::bad_alloc; the piece is then
    /// unchanged.
    static std::byte* enlarge(std::byte* from, std::size_t bytes, std::size_t wanted);
};

}  // namespace aisle::detail

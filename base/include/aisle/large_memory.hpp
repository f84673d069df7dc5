#pragma once

#include <cstddef>

namespace aisle::detail {

/// Memory in pieces of some 100 KiB or more that leaves the process as soon as it is given back, which malloc does not
/// promise: on glibc's heap, freed pieces of a few MiB stay behind between other blocks. On Linux it comes from
/// mmap(2), zeroed, and costs its page faults each time. Elsewhere, and under sanitizers, which are to see where a
/// piece ends, it comes from operator new. Any thread.
struct large_memory {
    /// Aligned to 4096. Throws std::bad_alloc.
    static std::byte* take(std::size_t bytes);
    /// bytes: as taken, or as enlarged.
    static void give_back(std::byte* from, std::size_t bytes) noexcept;
    /// The piece with more bytes, maybe elsewhere, with what is in it. Throws std::bad_alloc; it is as it was then.
    static std::byte* enlarge(std::byte* from, std::size_t bytes, std::size_t wanted);
};

}  // namespace aisle::detail

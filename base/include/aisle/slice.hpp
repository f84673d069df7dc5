#pragma once

#include <aisle/slab.hpp>

#include <cstddef>
#include <span>

namespace aisle {

/// Bytes and what keeps them alive: a view into a slab.
struct slice {
    std::span<std::byte> bytes;
    slab_ref keep;
};

/// Makes two runs of one slab contiguous by moving the smaller one over the gap between them.
///
/// \code
///   before   ....[front.........]\r\n8000\r\n[back....]......
///   after    ....[front.........[back....]..............      back is smaller: it moves down
///   or       ............[front.[back...........]......       front is smaller: it moves up
/// \endcode
///
/// Precondition: front ends at or before the start of back, both in one slab; nobody else looks at either run or
/// at the gap. The cost is min(front.size(), back.size()) bytes moved.
std::span<std::byte> join(std::span<std::byte> front, std::span<std::byte> back) noexcept;

/// Makes several runs of one slab contiguous: the largest stays where it is, the others move towards it.
///
/// Precondition: not empty; the runs are in ascending order in one slab, and nobody else looks at them or at the gaps
/// between them. The cost is the sum of their sizes less the largest.
std::span<std::byte> join(std::span<std::span<std::byte> const> runs) noexcept;

}  // namespace aisle

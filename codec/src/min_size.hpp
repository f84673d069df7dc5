#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace aisle::codec {

/// The smaller of a size in a file and a size in memory, as the latter.
constexpr std::size_t min_size(std::uint64_t a, std::size_t b) noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(a, b));
}

}  // namespace aisle::codec

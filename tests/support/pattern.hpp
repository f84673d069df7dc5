#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace aisle::test {

/// Bytes without a period, the same for the same seed.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
    std::string out(size, '\0');
    std::uint64_t x = seed * 0x9e3779b97f4a7c15u;
    for (auto& c : out) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        c = static_cast<char>(x >> 56);
    }
    return out;
}

}  // namespace aisle::test

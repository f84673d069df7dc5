#pragma once

#include <cstdint>

namespace aisle::cli {

/// Mixes the bits of a number (the finalizer of splitmix64). A bijection.
constexpr std::uint64_t mix_bits(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/// A random sequence that is the same on every machine for the same start. (The distributions of the standard library
/// differ between implementations.)
class stress_random {
public:
    explicit constexpr stress_random(std::uint64_t start) noexcept : state_(start) {}

    constexpr std::uint64_t draw() noexcept {
        state_ += 0x9e3779b97f4a7c15;
        return mix_bits(state_);
    }
    /// A number in [0, n), n > 0. Uniform for all practical purposes if n is far below 2^64.
    constexpr std::uint64_t below(std::uint64_t n) noexcept { return draw() % n; }
    /// True in `percent` of 100 draws.
    constexpr bool chance(unsigned percent) noexcept { return below(100) < percent; }

private:
    std::uint64_t state_;
};

}  // namespace aisle::cli

#pragma once

#include "virtual_time.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace aisle::simulation {

/// splitmix64: every bit of the input changes every bit of the output.
constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// All randomness of a world. The same numbers on every machine, unlike the standard library's distributions.
class dice {
public:
    explicit dice(std::uint64_t seed) noexcept : state_(mixed(seed)) {}
    /// Separate dice for a part of the world, so that one part's draws do not change the others'.
    dice part(std::uint64_t which) const noexcept { return dice(state_ ^ mixed(which)); }

    std::uint64_t next() noexcept { return mixed(state_ += 0x9e3779b97f4a7c15); }
    /// Uniform in [0, 1).
    double draw() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
    bool chance(double p) noexcept { return draw() < p; }
    /// Uniform, both ends included.
    std::uint64_t among(std::uint64_t low, std::uint64_t high) noexcept { return low + next() % (high - low + 1); }
    unsigned number(unsigned low, unsigned high) noexcept { return static_cast<unsigned>(among(low, high)); }
    std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(next() % n); }
    double real(double low, double high) noexcept { return low + (high - low) * draw(); }
    /// As likely between 1 and 10 as between 10 and 100.
    double scale(double low, double high) noexcept { return low * std::pow(high / low, draw()); }
    duration time(duration low, duration high) noexcept {
        return duration(
            static_cast<std::int64_t>(real(static_cast<double>(low.count()), static_cast<double>(high.count()))));
    }
    duration time_scale(duration low, duration high) noexcept {
        return duration(
            static_cast<std::int64_t>(scale(static_cast<double>(low.count()), static_cast<double>(high.count()))));
    }

private:
    std::uint64_t state_;
};

}  // namespace aisle::simulation

#pragma once

#include <chrono>

namespace aisle::http {

/// Converts to nanoseconds, saturating: milliseconds::max() ("no limit") becomes nanoseconds::max().
constexpr std::chrono::nanoseconds saturated(std::chrono::milliseconds t) noexcept {
    using std::chrono::nanoseconds;
    constexpr auto most = std::chrono::duration_cast<std::chrono::milliseconds>(nanoseconds::max());
    if (t >= most) return nanoseconds::max();
    return t <= -most ? nanoseconds::min() : nanoseconds(t);
}

/// now + t, or time_point::max() if that overflows: a timer set to it never expires.
constexpr std::chrono::steady_clock::time_point after(std::chrono::steady_clock::time_point now,
                                                      std::chrono::nanoseconds t) noexcept {
    using time_point = std::chrono::steady_clock::time_point;
    if (t > t.zero() && now > time_point::max() - t) return time_point::max();
    return now + t;
}
constexpr std::chrono::steady_clock::time_point after(std::chrono::steady_clock::time_point now,
                                                      std::chrono::milliseconds t) noexcept {
    return after(now, saturated(t));
}

}  // namespace aisle::http

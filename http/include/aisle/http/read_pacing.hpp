#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aisle::http {

/// How long to wait for how much before a read, when nobody is in a hurry. Sans-IO.
///
/// A server's many small writes wake a reader again and again, each time for a read of few bytes; waking is what such a
/// client spends its time on. With patience the kernel is told (SO_RCVLOWAT) not to wake it before a fair amount is
/// here, and a time limit makes sure that less than that is not waited for longer than the patience. The end of a
/// connection, clean or not, wakes a reader whatever the mark is.
class read_pacing {
public:
    /// Bytes worth waking up for. Below half of the smallest receive buffer a kernel starts with.
    static constexpr int fair_bytes = 32 * 1024;

    /// Zero, as at first, is no patience: every byte wakes.
    void set_patience(std::chrono::microseconds patience) noexcept { patience_ = patience; }
    std::chrono::microseconds patience() const noexcept { return patience_; }

    /// The mark to wait with now. `left`: bytes of the message still to come where that is known; waiting for more
    /// would wait for nothing.
    int mark(std::optional<std::uint64_t> left) const noexcept;

private:
    std::chrono::microseconds patience_{0};
};

}  // namespace aisle::http

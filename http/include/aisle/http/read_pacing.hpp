#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aisle::http {

/// How long a read should wait, and for how many bytes, if it is not urgent. Sans-IO.
///
/// A server's many small writes wake a reader often, each time for few bytes; such a client spends most of its time on
/// wake-ups. With patience, the kernel (SO_RCVLOWAT) does not wake it before a fair amount has arrived, and a time
/// limit ends the wait for that amount. The end of a connection, clean or not, always wakes a reader.
class read_pacing {
public:
    /// Bytes worth a wake-up. Less than half of the smallest initial receive buffer of a kernel.
    static constexpr int fair_bytes = 32 * 1024;

    /// Zero, the default, means no patience: every byte wakes.
    void set_patience(std::chrono::microseconds patience) noexcept { patience_ = patience; }
    std::chrono::microseconds patience() const noexcept { return patience_; }

    /// The current mark. `left`: bytes of the message still to arrive, if known; waiting for more would be useless.
    int mark(std::optional<std::uint64_t> left) const noexcept;

private:
    std::chrono::microseconds patience_{0};
};

}  // namespace aisle::http

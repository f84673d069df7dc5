#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace aisle::cli {

/// Latencies of batches. Exact: every one is kept, 4 bytes each.
class latency_record {
public:
    void add(std::chrono::nanoseconds latency);
    bool empty() const noexcept { return ms_.empty(); }
    /// Nearest rank: the smallest latency that `percent` of all are not above, in milliseconds. 0 when empty.
    double percentile_ms(double percent) const;

private:
    std::vector<float> ms_;
};

}  // namespace aisle::cli

#include "latency_record.hpp"

#include <algorithm>
#include <cmath>

namespace aisle::cli {

void latency_record::add(std::chrono::nanoseconds latency) {
    ms_.push_back(std::chrono::duration<float, std::milli>(latency).count());
}

double latency_record::percentile_ms(double percent) const {
    if (ms_.empty()) return 0;
    auto sorted = ms_;
    auto const rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
    auto const at = sorted.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, sorted.size()) - 1);
    std::ranges::nth_element(sorted, at);
    return static_cast<double>(*at);
}

}  // namespace aisle::cli

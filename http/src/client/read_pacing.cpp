#include <aisle/http/read_pacing.hpp>

#include <algorithm>

namespace aisle::http {

int read_pacing::mark(std::optional<std::uint64_t> left) const noexcept {
    if (patience_ <= patience_.zero()) return 1;
    if (!left || *left >= static_cast<std::uint64_t>(fair_bytes)) return fair_bytes;
    return std::max(1, static_cast<int>(*left));
}

}  // namespace aisle::http

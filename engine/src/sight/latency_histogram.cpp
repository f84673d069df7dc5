#include "latency_bins.hpp"

#include <aisle/stats.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace aisle {
namespace {

detail::latency_axis const& bins() {
    static auto const axis = detail::latency_bins();
    return axis;
}

std::size_t bin_of(latency_histogram::duration took) {
    auto const bin = bins().index(static_cast<double>(took.count())) + 1;  // 0: below the first
    return static_cast<std::size_t>(bin);
}

// The upper bound of the bin.
latency_histogram::duration end_of(std::size_t bin) {
    auto const at = static_cast<int>(bin);
    if (at > bins().size()) return latency_histogram::duration::max();
    return latency_histogram::duration(std::llround(bins().value(at)));
}

}  // namespace

latency_histogram::latency_histogram(std::vector<std::uint64_t> counts, duration sum, duration max) noexcept
    : bins_(std::move(counts)), sum_(sum), max_(max) {
    count_bins();
}

void latency_histogram::count_bins() noexcept {
    while (!bins_.empty() && bins_.back() == 0) bins_.pop_back();
    count_ = std::accumulate(bins_.begin(), bins_.end(), std::uint64_t{0});
}

void latency_histogram::add(duration took) {
    took = std::max(took, duration(0));
    auto const bin = bin_of(took);
    if (bin >= bins_.size()) bins_.resize(bin + 1);
    ++bins_[bin];
    ++count_;
    sum_ += took;
    max_ = std::max(max_, took);
}

void latency_histogram::add(latency_histogram const& other) {
    if (other.bins_.size() > bins_.size()) bins_.resize(other.bins_.size());
    std::transform(other.bins_.begin(), other.bins_.end(), bins_.begin(), bins_.begin(), std::plus<>());
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

latency_histogram latency_histogram::since(latency_histogram const& earlier) const {
    auto out = *this;
    for (std::size_t i = 0; i < std::min(out.bins_.size(), earlier.bins_.size()); ++i)
        out.bins_[i] -= std::min(out.bins_[i], earlier.bins_[i]);
    out.count_bins();
    out.sum_ = std::max(sum_ - earlier.sum_, duration(0));
    // If the maximum has grown, it belongs to the interval. Otherwise the last non-empty bin is its upper bound.
    if (max_ <= earlier.max_) out.max_ = out.empty() ? duration(0) : std::min(max_, end_of(out.bins_.size() - 1));
    return out;
}

latency_histogram::duration latency_histogram::mean() const noexcept {
    return empty() ? duration(0) : sum_ / static_cast<std::int64_t>(count_);
}

latency_histogram::duration latency_histogram::percentile(double percent) const noexcept {
    if (empty()) return duration(0);
    auto const share = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_);
    auto const rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(share)), 1, count_);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < bins_.size(); ++i) {
        below += bins_[i];
        if (below >= rank) return std::min(end_of(i), max_);
    }
    return max_;
}

std::uint64_t latency_histogram::count_within(duration limit) const noexcept {
    if (limit.count() < 0) return 0;
    auto const bins = std::min(bin_of(limit) + 1, bins_.size());
    return std::accumulate(bins_.begin(), bins_.begin() + static_cast<std::ptrdiff_t>(bins), std::uint64_t{0});
}

}  // namespace aisle

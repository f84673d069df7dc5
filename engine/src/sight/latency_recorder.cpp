#include "latency_recorder.hpp"

#include "latency_bins.hpp"

#include <boost/histogram/accumulators/count.hpp>
#include <boost/histogram/histogram.hpp>
#include <boost/histogram/make_histogram.hpp>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace aisle::detail {

struct latency_recorder::bins {
    using atomic_counts = boost::histogram::dense_storage<boost::histogram::accumulators::count<std::uint64_t, true>>;
    boost::histogram::histogram<std::tuple<latency_axis>, atomic_counts> counts{latency_bins()};
};

latency_recorder::latency_recorder() : bins_(std::make_unique<bins>()) {}
latency_recorder::~latency_recorder() = default;

void latency_recorder::add(std::chrono::nanoseconds took) noexcept {
    auto const ns = std::max<std::int64_t>(took.count(), 0);
    bins_->counts(static_cast<double>(ns));
    sum_.store(sum_.load(std::memory_order_relaxed) + ns, std::memory_order_relaxed);
    if (ns > max_.load(std::memory_order_relaxed)) max_.store(ns, std::memory_order_relaxed);
}

latency_histogram latency_recorder::snapshot() const {
    auto const& from = bins_->counts;
    std::vector<std::uint64_t> counts;
    counts.reserve(from.size());
    for (auto const& c : from) counts.push_back(c.value());
    using duration = latency_histogram::duration;
    return {std::move(counts), duration(sum_.load(std::memory_order_relaxed)),
            duration(max_.load(std::memory_order_relaxed))};
}

void latency_recorders::add_to(latency_stats& out) const {
    out.queued.add(queued.snapshot());
    out.proxy.add(proxy.snapshot());
    out.first_byte.add(first_byte.snapshot());
    out.transfer.add(transfer.snapshot());
    out.first_sample.add(first_sample.snapshot());
    out.batch.add(batch.snapshot());
    out.hedge_delay.add(hedge_delay.snapshot());
}

}  // namespace aisle::detail

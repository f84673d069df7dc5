#include "stress_tally.hpp"

#include <algorithm>

namespace aisle::cli {

std::string_view to_string(stress_trouble t) noexcept {
    switch (t) {
        case stress_trouble::failed: return "failed";
        case stress_trouble::wrong: return "wrong";
        case stress_trouble::lost: return "lost";
    }
    return "";
}

void stress_tally::add_delivered(std::uint64_t bytes) noexcept {
    counters_.delivered.fetch_add(1, std::memory_order_relaxed);
    counters_.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void stress_tally::add_trouble(stress_trouble what, std::string text, std::uint64_t count) {
    counter_of(what).fetch_add(count, std::memory_order_relaxed);
    std::lock_guard const lock(mutex_);
    auto const before = std::ranges::count(texts_, what, &trouble_text::what);
    if (static_cast<std::size_t>(before) >= most_texts) return;
    texts_.push_back({what, std::move(text)});
    if (on_trouble) on_trouble(texts_.back());
}

void stress_tally::add_batch(stress_way const& way, batch_report const& report) {
    std::lock_guard const lock(mutex_);
    auto& line = ways_[{way.format, way.streaming}];
    ++line.batches;
    line.samples += report.delivered;
    if (!report.output_format.empty() && report.output_format != way.format) ++line.other_format;
    if (report.fault) {
        ++line.faults;
        if (!first_fault_) first_fault_ = report.fault;
    }
    if (report.delivered == 0) return;
    first_sample_.add(report.first_sample);
    last_sample_.add(report.last_sample);
}

std::uint64_t stress_tally::count(stress_trouble what) const noexcept {
    switch (what) {
        case stress_trouble::failed: return counters_.failed;
        case stress_trouble::wrong: return counters_.wrong;
        case stress_trouble::lost: return counters_.lost;
    }
    return 0;
}

std::uint64_t stress_tally::batches() const noexcept {
    std::uint64_t sum = 0;
    for (auto const& [way, line] : ways_) sum += line.batches;
    return sum;
}

std::atomic<std::uint64_t>& stress_tally::counter_of(stress_trouble what) noexcept {
    switch (what) {
        case stress_trouble::wrong: return counters_.wrong;
        case stress_trouble::lost: return counters_.lost;
        case stress_trouble::failed: break;
    }
    return counters_.failed;
}

}  // namespace aisle::cli

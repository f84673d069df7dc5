#include "batch_cutter.hpp"

#include "../entry/expectation.hpp"

#include <algorithm>
#include <utility>

namespace aisle::detail {
namespace {

// Capped, so that sums fit into 64 bits.
std::uint64_t bytes_of(std::uint64_t size) noexcept {
    return std::min(size, std::uint64_t{1} << 36);
}

}  // namespace

void batch_cutter::add(entry&& e, clock::time_point now) {
    auto const size = size_asked(e);
    items_.emplace_back(std::in_place_type<one>, std::move(e), now);
    ++waiting_;
    if (size)
        known_bytes_ += bytes_of(*size);
    else
        ++unknown_;
}

void batch_cutter::add(batch b) {
    auto const entries = b.size();
    items_.emplace_back(std::move(b));
    waiting_ += entries;
    ++batches_;
}

bool batch_cutter::is_full(unsigned size, std::size_t typical_bytes) const noexcept {
    if (batches_ > 0 || waiting_ >= size) return true;
    // A large entry may be followed by small ones.
    return waiting_ > 1 && known_bytes_ + unknown_ * bytes_of(typical_bytes) > batch_bytes_;
}

void batch_cutter::remove(one const& taken) noexcept {
    if (auto const size = size_asked(taken.what))
        known_bytes_ -= bytes_of(*size);
    else
        --unknown_;
    --waiting_;
}

// How many of the first entries form the next batch, once it is due.
std::size_t batch_cutter::fitting(unsigned size, std::size_t typical_bytes) const {
    std::size_t n = 0;
    for (std::uint64_t bytes = 0; n < size && n < items_.size(); ++n) {
        auto const* const item = std::get_if<one>(&items_[n]);
        if (!item) break;
        bytes += bytes_of(size_asked(item->what).value_or(typical_bytes));
        if (n > 0 && bytes > batch_bytes_) break;
    }
    return n;
}

std::optional<batch> batch_cutter::next(unsigned size, std::size_t typical_bytes, clock::time_point now) {
    if (items_.empty()) return {};
    if (auto* const whole = std::get_if<batch>(&items_.front())) {
        std::optional<batch> out(std::move(*whole));
        items_.pop_front();
        waiting_ -= out->size();
        --batches_;
        return out;
    }
    if (!is_full(size, typical_bytes) && !ended_ && now < *due()) return {};
    auto const n = fitting(size, typical_bytes);
    batch out;
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        auto& first = std::get<one>(items_.front());
        remove(first);
        out.add(std::move(first.what));
        items_.pop_front();
    }
    return out;
}

std::optional<batch_cutter::clock::time_point> batch_cutter::due() const noexcept {
    if (items_.empty()) return {};
    auto const* const first = std::get_if<one>(&items_.front());
    if (!first) return clock::time_point::min();
    return first->since + linger_;
}

}  // namespace aisle::detail

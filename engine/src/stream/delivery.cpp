#include "delivery.hpp"

#include <iterator>

namespace aisle::detail {
namespace {

void append(std::vector<sample_block>& to, std::vector<sample_block>& blocks) {
    if (to.empty()) {
        to.swap(blocks);
        return;
    }
    to.insert(to.end(), std::make_move_iterator(blocks.begin()), std::make_move_iterator(blocks.end()));
    blocks.clear();
}

}  // namespace

void delivery::push(std::uint64_t batch, std::vector<sample_block>& blocks) {
    if (goes_straight(batch))
        release(blocks);
    else
        append(slots_[batch - head_].early, blocks);
}

void delivery::answered(std::uint64_t batch) {
    auto& done = slots_[batch - head_];
    done.answered = true;
    if (order_ == batch_order::completed) {
        release(done.early);
        ends_.push_back(released_);
        ++released_slots_;
    }
    advance();
}

std::size_t delivery::take(std::vector<sample_block>& into) {
    into.clear();
    into.swap(ready_);
    auto const before = taken_;
    took(released_ - taken_);
    return static_cast<std::size_t>(taken_ - before);
}

std::optional<sample_block> delivery::take_one() {
    if (ready_.empty()) return {};
    std::optional<sample_block> out(std::move(ready_.front()));
    ready_.erase(ready_.begin());
    took(out->size());
    return out;
}

void delivery::took(std::uint64_t samples) noexcept {
    taken_ += samples;
    while (!ends_.empty() && ends_.front() <= taken_) ends_.pop_front();
}

void delivery::release(std::vector<sample_block>& blocks) {
    for (auto const& b : blocks) released_ += b.size();
    append(ready_, blocks);
}

void delivery::advance() {
    while (!slots_.empty() && slots_.front().answered) {
        slots_.pop_front();
        ++head_;
        if (order_ == batch_order::completed) {
            --released_slots_;
            continue;
        }
        ends_.push_back(released_);
        if (!slots_.empty()) release(slots_.front().early);
    }
    took(0);
}

}  // namespace aisle::detail

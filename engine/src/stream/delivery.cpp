#include "delivery.hpp"

namespace aisle::detail {

void delivery::push(std::uint64_t batch, block_list& blocks) noexcept {
    if (goes_straight(batch))
        release(blocks);
    else
        slots_[batch - head_].early.append(blocks);
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

block_list delivery::take() noexcept {
    took(released_ - taken_);
    return std::move(ready_);
}

void delivery::took(std::uint64_t samples) noexcept {
    taken_ += samples;
    while (!ends_.empty() && ends_.front() <= taken_) ends_.pop_front();
}

void delivery::release(block_list& blocks) noexcept {
    released_ += blocks.samples();
    ready_.append(blocks);
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

#include "delivery.hpp"

#include <iterator>

namespace aisle::detail {

void delivery::push(std::uint64_t batch, std::vector<sample>& samples) {
    if (goes_straight(batch)) {
        release(samples);
        return;
    }
    auto& early = slots_[batch - head_].early;
    if (early.empty()) {
        early.swap(samples);
        return;
    }
    early.insert(early.end(), std::make_move_iterator(samples.begin()), std::make_move_iterator(samples.end()));
    samples.clear();
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

void delivery::take(std::vector<sample>& into) {
    into.clear();
    into.swap(ready_);
    taken_ += into.size();
    while (!ends_.empty() && ends_.front() <= taken_) ends_.pop_front();
}

void delivery::release(std::vector<sample>& samples) {
    released_ += samples.size();
    if (ready_.empty()) {
        ready_.swap(samples);
        return;
    }
    ready_.insert(ready_.end(), std::make_move_iterator(samples.begin()), std::make_move_iterator(samples.end()));
    samples.clear();
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
    while (!ends_.empty() && ends_.front() <= taken_) ends_.pop_front();
}

}  // namespace aisle::detail

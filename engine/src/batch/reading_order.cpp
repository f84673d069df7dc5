#include "reading_order.hpp"

#include <algorithm>
#include <utility>

namespace aisle::detail {

reading_order::reader::reader(reading_order& order, void const* stream, std::uint64_t batch,
                              std::function<void()> on_turn)
    : order_(order), stream_(stream), batch_(batch), on_turn_(std::move(on_turn)) {
    order_.with_more_.reserve(order_.readers_ + 1);
    order_.waiting_.reserve(order_.readers_ + 1);
    ++order_.readers_;
}

reading_order::reader::~reader() {
    --order_.readers_;
    stop_waiting();
    was_read(false);
}

void reading_order::reader::wait() noexcept {
    if (std::exchange(waits_, true)) return;
    insert(order_.waiting_, *this);
}

void reading_order::reader::stop_waiting() noexcept {
    if (std::exchange(waits_, false)) remove(order_.waiting_, *this);
}

void reading_order::reader::was_read(bool more) noexcept {
    bool const had_turn = order_.turn_ == this;
    if (had_turn) order_.turn_ = nullptr;
    if (more != has_more_) {
        has_more_ = more;
        more ? insert(order_.with_more_, *this) : remove(order_.with_more_, *this);
    }
    if (!more) order_.next_turn();
}

bool reading_order::has_more_before(reader const& of) const noexcept {
    for (auto const* const r : with_more_) {
        if (r->batch_ >= of.batch_) return false;
        if (r->stream_ == of.stream_) return true;
    }
    return false;
}

// One at a time: whether the next may read depends on this one's result.
void reading_order::next_turn() noexcept {
    if (turn_) return;
    auto const next = std::ranges::find_if(waiting_, [this](auto const* r) { return !has_more_before(*r); });
    if (next == waiting_.end()) return;
    turn_ = *next;
    turn_->on_turn_();
}

void reading_order::insert(std::vector<reader*>& into, reader& which) noexcept {
    auto const after = std::ranges::find_if(into, [&](auto const* r) { return r->batch_ > which.batch_; });
    into.insert(after, &which);
}

void reading_order::remove(std::vector<reader*>& from, reader const& which) noexcept {
    std::erase(from, &which);
}

}  // namespace aisle::detail

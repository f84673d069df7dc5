#include <aisle/http/deadlines.hpp>

namespace aisle::http {

time_limit::time_limit(std::shared_ptr<limit_clock> clock, void (*ring)(void*), void* whose)
    : clock_(std::move(clock)), ring_(ring), whose_(whose) {
    clock_->add(*this);
}

void time_limit::set(duration in) {
    // The clock's time is up to one tick old: one more, so as not to ring early.
    due_ = after(after(clock_->now(), in), clock_->tick_);
}

limit_clock::limit_clock(executor ex, time_limit::duration tick) : timer_(ex), tick_(tick) {}

time_limit::time_point limit_clock::now() {
    if (!ticking_) {
        now_ = std::chrono::steady_clock::now();
        schedule();
        ticking_ = true;  // not before: scheduling may find no memory
    }
    return now_;
}

void limit_clock::rest() noexcept {
    ticking_ = false;
    timer_.cancel();
}

void limit_clock::schedule() {
    timer_.expires_at(now_ + tick_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        auto const self = weak.lock();
        if (self && !ec) self->ring_due();
    });
}

void limit_clock::ring_due() {
    now_ = std::chrono::steady_clock::now();
    // Ringing may add, destroy and set time limits, so the list is looked through anew after each.
    for (bool rang = true; rang;) {
        rang = false;
        for (auto& a : limits_) {
            if (a.due_ > now_) continue;
            a.due_ = time_limit::never;
            a.ring_(a.whose_);
            rang = true;
            break;
        }
    }
    bool any = false;
    for (auto const& a : limits_) any = any || a.due_ != time_limit::never;
    // Not ticking if there is no memory for it: the next limit that is set begins anew.
    ticking_ = false;
    if (any) schedule();
    ticking_ = any;
}

}  // namespace aisle::http

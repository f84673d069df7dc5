#include <aisle/http/deadlines.hpp>

#include <algorithm>

namespace aisle::http {

time_limit::time_limit(std::shared_ptr<limit_clock> clock, void (*ring)(void*), void* whose)
    : clock_(std::move(clock)), ring_(ring), whose_(whose) {}

void time_limit::set(duration in) {
    in_ = in;
    auto const begin = clock_->start_for(*this);
    // The clock's time is up to one tick old: one more, so as not to ring early.
    due_ = after(after(begin, in), clock_->tick_);
}

limit_clock::limit_clock(executor ex, ticks t) : timer_(ex), allowed_(t) {}

// Counts the limit among those that are set. Returns the clock's time.
time_limit::time_point limit_clock::start_for(time_limit& a) {
    if (!a.is_linked()) set_.push_back(a);
    if (!ticking_) try {
            now_ = std::chrono::steady_clock::now();
            schedule();
            ticking_ = true;  // not before: scheduling may find no memory
        } catch (...) {
            a.unlink();
            throw;
        }
    return now_;
}

void limit_clock::rest() noexcept {
    ticking_ = false;
    timer_.cancel();
}

void limit_clock::schedule() {
    auto shortest = time_limit::duration::max();
    for (auto const& a : set_) shortest = std::min(shortest, a.in_);
    tick_ = std::clamp(shortest / 4, allowed_.least, allowed_.most);
    timer_.expires_at(now_ + tick_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        auto const self = weak.lock();
        if (self && !ec) self->ring_due();
    });
}

void limit_clock::ring_due() {
    now_ = std::chrono::steady_clock::now();
    // Ringing may set, clear and destroy time limits, so the list is looked through anew after each.
    for (bool rang = true; rang;) {
        rang = false;
        for (auto& a : set_) {
            if (a.due_ > now_) continue;
            a.unlink();
            a.ring_(a.whose_);
            rang = true;
            break;
        }
    }
    // Not ticking if there is no memory for it: the next limit that is set begins anew.
    ticking_ = false;
    if (set_.empty()) return;
    schedule();
    ticking_ = true;
}

}  // namespace aisle::http

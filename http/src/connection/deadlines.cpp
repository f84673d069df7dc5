#include <aisle/http/deadlines.hpp>

#include <algorithm>

namespace aisle::http {

time_limit::time_limit(std::shared_ptr<limit_clock> clock, void (*on_expired)(void*), void* context)
    : clock_(std::move(clock)), on_expired_(on_expired), context_(context) {}

void time_limit::set(duration in) {
    in_ = in;
    auto const begin = clock_->start_for(*this);
    // The clock's time is up to one tick old; one more tick ensures that it does not expire early.
    due_ = after(after(begin, in), clock_->tick_);
}

limit_clock::limit_clock(executor ex, ticks t) : timer_(ex), allowed_(t) {}

// Adds the deadline to those that are set. Returns the clock's time.
time_limit::time_point limit_clock::start_for(time_limit& a) {
    if (!a.is_linked()) set_.push_back(a);
    if (!ticking_) try {
            now_ = std::chrono::steady_clock::now();
            schedule();
            ticking_ = true;  // only now, because scheduling may fail to allocate
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
        if (self && !ec) self->expire_due();
    });
}

void limit_clock::expire_due() {
    now_ = std::chrono::steady_clock::now();
    // A callback may set, clear and destroy deadlines, so the list is searched from the start after each one.
    for (bool expired = true; expired;) {
        expired = false;
        for (auto& a : set_) {
            if (a.due_ > now_) continue;
            a.unlink();
            a.on_expired_(a.context_);
            expired = true;
            break;
        }
    }
    // Stays stopped if scheduling fails to allocate: the next deadline that is set starts it again.
    ticking_ = false;
    if (set_.empty()) return;
    schedule();
    ticking_ = true;
}

}  // namespace aisle::http

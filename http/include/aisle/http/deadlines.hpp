#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/saturating_time.hpp>

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>

namespace aisle::http {

class limit_clock;

/// Calls somebody when something takes too long. Belongs to one clock and, like it, to one thread.
class time_limit : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    /// `ring(whose)` is called once the limit has passed, from the clock's tick. It may set, clear and destroy time
    /// limits, this one too. Both must outlive the time limit.
    time_limit(std::shared_ptr<limit_clock> clock, void (*ring)(void*), void* whose);
    time_limit(time_limit const&) = delete;
    time_limit& operator=(time_limit const&) = delete;
    ~time_limit() = default;

    /// Rings once, between `in` and `in` + two ticks of the clock from now, unless it is set again or cleared before.
    void set(duration in);
    void set(std::chrono::milliseconds in) { set(saturated(in)); }
    void clear() noexcept { unlink(); }

private:
    friend class limit_clock;

    std::shared_ptr<limit_clock> clock_;
    void (*ring_)(void*);
    void* whose_;
    duration in_{0};
    time_point due_{};  // while it is set, which is while it is in the clock's list
};

/// One timer for many time limits. It ticks while any is set and looks which are due: a time limit set anew at every
/// read costs a few stores, and no timer is re-armed for it. Runs on its executor's one thread.
class limit_clock : public std::enable_shared_from_this<limit_clock> {
public:
    /// The least and the most that a tick lasts: a quarter of the shortest limit that is set when it begins, within
    /// these. It is how late a limit may ring, and how often the thread wakes.
    struct ticks {
        time_limit::duration least;
        time_limit::duration most;
    };
    /// Made by std::make_shared.
    limit_clock(executor ex, ticks t);
    /// With ticks of one length.
    limit_clock(executor ex, time_limit::duration tick) : limit_clock(ex, ticks{tick, tick}) {}
    limit_clock(limit_clock const&) = delete;
    limit_clock& operator=(limit_clock const&) = delete;
    ~limit_clock() = default;

    /// Stops ticking, so that the tick under way does not keep the thread. The next limit that is set starts it again;
    /// those that were set before need not ring any more.
    void rest() noexcept;

private:
    friend class time_limit;
    time_limit::time_point start_for(time_limit& a);
    void schedule();
    void ring_due();

    timer timer_;
    ticks const allowed_;
    time_limit::duration tick_{0};  // the one under way
    time_limit::time_point now_{};  // as of the last tick, while ticking
    bool ticking_ = false;
    boost::intrusive::list<time_limit,
                           boost::intrusive::constant_time_size<false>> set_;  // the limits that are set
};

}  // namespace aisle::http

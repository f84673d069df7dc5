#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/http/saturating_time.hpp>

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>

namespace aisle::http {

class limit_clock;

/// Calls a function when something takes too long. Used on the thread of its clock.
class time_limit : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    /// `on_expired(context)` is called by the clock's timer when the deadline has passed. It may set, clear and destroy
    /// deadlines, including this one. `context` must outlive the deadline.
    time_limit(std::shared_ptr<limit_clock> clock, void (*on_expired)(void*), void* context);
    time_limit(time_limit const&) = delete;
    time_limit& operator=(time_limit const&) = delete;
    ~time_limit() = default;

    /// Expires once, no earlier than `in` and at most two ticks of the clock later, unless it is set again or cleared.
    void set(duration in);
    void set(std::chrono::milliseconds in) { set(saturated(in)); }
    void clear() noexcept { unlink(); }

private:
    friend class limit_clock;

    std::shared_ptr<limit_clock> clock_;
    void (*on_expired_)(void*);
    void* context_;
    duration in_{0};
    time_point due_{};  // valid while it is set, which is while it is in the clock's list
};

/// One timer for many deadlines. It ticks while any is set, and checks which are due. Setting a deadline anew for each
/// read therefore costs a few stores and does not re-arm a timer. Used on the one thread of its executor.
class limit_clock : public std::enable_shared_from_this<limit_clock> {
public:
    /// Minimum and maximum length of a tick. A tick lasts a quarter of the shortest deadline set when it starts, within
    /// these limits. They determine how late a deadline may expire, and how often the thread wakes up.
    struct ticks {
        time_limit::duration least;
        time_limit::duration most;
    };
    /// Must be created by std::make_shared.
    limit_clock(executor ex, ticks t);
    /// With ticks of a fixed length.
    limit_clock(executor ex, time_limit::duration tick) : limit_clock(ex, ticks{tick, tick}) {}
    limit_clock(limit_clock const&) = delete;
    limit_clock& operator=(limit_clock const&) = delete;
    ~limit_clock() = default;

    /// Stops ticking, so that a pending tick does not keep the io_context busy. The next deadline that is set starts it
    /// again; deadlines set before may not expire any more.
    void rest() noexcept;

private:
    friend class time_limit;
    time_limit::time_point start_for(time_limit& a);
    void schedule();
    void expire_due();

    timer timer_;
    ticks const allowed_;
    time_limit::duration tick_{0};  // length of the current tick
    time_limit::time_point now_{};  // time of the last tick, while ticking
    bool ticking_ = false;
    boost::intrusive::list<time_limit,
                           boost::intrusive::constant_time_size<false>> set_;  // the deadlines that are set
};

}  // namespace aisle::http

#pragma once

#include <aisle/http/asio.hpp>

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>

namespace aisle::http {

class alarm_clock;

/// Calls somebody when something takes too long. Belongs to one clock and, like it, to one thread.
class alarm : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    /// `ring(whose)` is called once the alarm is due, from the clock's tick. It may set, clear and destroy alarms,
    /// this one too. Both must outlive the alarm.
    alarm(std::shared_ptr<alarm_clock> clock, void (*ring)(void*), void* whose);
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;
    ~alarm() = default;

    /// Rings once, between `in` and `in` + two ticks from now, unless it is set again or cleared before.
    void set(duration in);
    void clear() noexcept { due_ = never; }

private:
    friend class alarm_clock;
    static constexpr time_point never = time_point::max();

    std::shared_ptr<alarm_clock> clock_;
    void (*ring_)(void*);
    void* whose_;
    time_point due_ = never;
};

/// One timer for many alarms. It ticks while any is set and looks which are due: an alarm set anew at every read costs
/// a store, and no timer is re-armed for it. Runs on its executor's one thread.
class alarm_clock : public std::enable_shared_from_this<alarm_clock> {
public:
    /// Made by std::make_shared. tick: how late an alarm may ring, and how often the thread wakes for them.
    alarm_clock(executor ex, alarm::duration tick);
    alarm_clock(alarm_clock const&) = delete;
    alarm_clock& operator=(alarm_clock const&) = delete;
    ~alarm_clock() = default;

private:
    friend class alarm;
    void add(alarm& a) { alarms_.push_back(a); }
    alarm::time_point now();
    void schedule();
    void ring_due();

    timer timer_;
    alarm::duration const tick_;
    alarm::time_point now_{};  // as of the last tick, while ticking
    bool ticking_ = false;
    boost::intrusive::list<alarm, boost::intrusive::constant_time_size<false>> alarms_;
};

}  // namespace aisle::http

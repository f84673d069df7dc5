#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace aisle::simulation {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = std::chrono::nanoseconds;

constexpr double seconds(duration d) noexcept {
    return std::chrono::duration<double>(d).count();
}
constexpr duration of_seconds(double s) noexcept {
    return duration(static_cast<std::int64_t>(s * 1e9));
}

/// The world's clock and agenda: time passes only from one event to the next. Events of the same time happen in the
/// order in which they were scheduled, so that a world runs the same way every time.
class virtual_time {
public:
    using event = std::function<void()>;

    explicit virtual_time(time_point begin) noexcept : begin_(begin), now_(begin) {}

    time_point begin() const noexcept { return begin_; }
    time_point now() const noexcept { return now_; }
    duration passed() const noexcept { return now_ - begin_; }

    /// Events in the past happen now.
    void at(time_point when, event what) { agenda_.push({std::max(when, now_), count_++, std::move(what)}); }
    void after(duration wait, event what) { at(now_ + wait, std::move(what)); }

    /// Lets the next event happen. False if there is none.
    bool step() {
        if (agenda_.empty()) return false;
        // The queue returns its top as a constant; it is removed immediately.
        auto next = std::move(const_cast<planned&>(agenda_.top()));
        agenda_.pop();
        in_this_moment_ = next.when == now_ ? in_this_moment_ + 1 : 0;
        now_ = next.when;
        next.what();
        return true;
    }

    /// Events since time last advanced.
    std::uint64_t in_this_moment() const noexcept { return in_this_moment_; }
    /// Events scheduled so far.
    std::uint64_t events() const noexcept { return count_; }

private:
    struct planned {
        time_point when;
        std::uint64_t number;
        event what;
        bool operator<(planned const& other) const noexcept {
            return std::pair(other.when, other.number) < std::pair(when, number);
        }
    };

    time_point begin_;
    time_point now_;
    std::uint64_t count_ = 0;
    std::uint64_t in_this_moment_ = 0;
    std::priority_queue<planned> agenda_;
};

}  // namespace aisle::simulation

#pragma once

#include "exit_code.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace aisle::cli {

/// Turns what ends a run early into a stop request: the first SIGINT, SIGTERM, SIGHUP (unless it is ignored, as under
/// nohup) or SIGXCPU, or a deadline. A second signal ends the process at once with 130.
///
/// Make one before any other thread, on the thread that opens and writes files: it blocks the signals in the calling
/// thread, and threads inherit that. Commands hang a std::stop_callback on token() for whatever has to be cancelled.
/// Callbacks run on this class's thread, not in a signal handler: they may lock and allocate, and must return soon, or
/// the second signal waits.
///
/// A system call that blocks the calling thread (a full pipe, a named pipe without its other end) fails with EINTR a
/// second after the stop request. What still goes on five seconds after the deadline is ended with the
/// process, exit code 1.
class interrupt {
public:
    using milliseconds = std::chrono::milliseconds;

    /// deadline: from now; zero for none.
    explicit interrupt(milliseconds deadline = milliseconds(0));
    ~interrupt();
    interrupt(interrupt const&) = delete;
    interrupt& operator=(interrupt const&) = delete;

    std::stop_token token() const noexcept { return stop_.get_token(); }
    bool raised() const noexcept { return stop_.stop_requested(); }
    /// Of what raised it: true for the deadline, false for a signal.
    bool by_deadline() const noexcept { return signal_ == 0; }
    /// Runs a command, which returns nothing when it was broken off. Then, and when it threw because of that, says why
    /// on standard error and returns interrupted, or throws errc::deadline_exceeded.
    exit_code run(std::function<std::optional<exit_code>()> const& command) const;
    /// Blocks until it is raised.
    void wait() const;

private:
    using clock = std::chrono::steady_clock;

    std::string reason() const;
    void watch(int signals);
    int wait_ms() const;
    void look_at_clock();

    milliseconds const deadline_;
    clock::time_point const began_ = clock::now();
    std::thread::native_handle_type const caller_ = pthread_self();
    std::stop_source stop_;
    std::atomic<int> signal_{0};   ///< the first one
    clock::time_point raised_at_;  ///< of the thread below
    int quit_ = -1;
    std::thread thread_;
};

}  // namespace aisle::cli

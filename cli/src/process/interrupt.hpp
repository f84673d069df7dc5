#pragma once

#include "../exit_code.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace aisle::cli {

/// Turns a signal or a deadline into a stop request. The signals are SIGINT, SIGTERM, SIGXCPU, and SIGHUP unless it is
/// ignored, as under nohup. A second signal ends the process immediately with exit code 130.
///
/// Create it before any other thread starts, on the thread that opens and writes files. It blocks the signals in the
/// calling thread, and new threads inherit that. Use a std::stop_callback with token() to cancel work. Callbacks run on
/// this class's thread, not in a signal handler: they may lock and allocate, but must return soon, because a second
/// signal waits for them.
///
/// A system call that blocks the calling thread (a full pipe, a named pipe without its other end) fails with EINTR one
/// second after the stop request. If the run has not ended five seconds after the deadline, the process ends with exit
/// code 1.
class interrupt {
public:
    using milliseconds = std::chrono::milliseconds;

    /// deadline: counted from now; zero for none.
    explicit interrupt(milliseconds deadline = milliseconds(0));
    ~interrupt();
    interrupt(interrupt const&) = delete;
    interrupt& operator=(interrupt const&) = delete;

    std::stop_token token() const noexcept { return stop_.get_token(); }
    bool raised() const noexcept { return stop_.stop_requested(); }
    /// Valid when raised: true for the deadline, false for a signal.
    bool by_deadline() const noexcept { return signal_ == 0; }
    /// Runs a command, which returns nothing when it was stopped. In that case, and when it threw after a stop request,
    /// prints the reason and returns exit_code::interrupted, or throws errc::deadline_exceeded.
    exit_code run(std::function<std::optional<exit_code>()> const& command) const;
    /// Blocks until a signal or the deadline.
    void wait() const;

private:
    using clock = std::chrono::steady_clock;

    std::string reason() const;
    void watch(int signals);
    int wait_ms() const;
    void check_clock();

    milliseconds const deadline_;
    clock::time_point const began_ = clock::now();
    std::thread::native_handle_type const caller_ = pthread_self();
    std::stop_source stop_;
    std::atomic<int> signal_{0};   ///< the first one; 0: none
    clock::time_point raised_at_;  ///< used by thread_ only
    int quit_ = -1;
    std::thread thread_;
};

}  // namespace aisle::cli

#pragma once

#include <stop_token>
#include <thread>

namespace aisle::cli {

/// Turns the first SIGINT or SIGTERM into a stop request; the second one ends the process at once with 130.
///
/// Make one before any other thread: it blocks both signals in the calling thread, and threads inherit that. Commands
/// hang a std::stop_callback on token() for whatever has to be cancelled. Callbacks run on this class's thread, not in
/// a signal handler: they may lock and allocate, and must return soon, or the second signal waits.
class interrupt {
public:
    interrupt();
    ~interrupt();
    interrupt(interrupt const&) = delete;
    interrupt& operator=(interrupt const&) = delete;

    std::stop_token token() const noexcept { return stop_.get_token(); }
    bool raised() const noexcept { return stop_.stop_requested(); }
    /// Blocks until a signal comes.
    void wait() const;

private:
    void watch(int signals);

    std::stop_source stop_;
    int quit_ = -1;
    std::thread thread_;
};

}  // namespace aisle::cli

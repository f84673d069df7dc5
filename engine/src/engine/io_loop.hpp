#pragma once

#include <aisle/http/asio.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace aisle::detail {

/// Who runs a shard's network.
enum class run_by {
    thread,  ///< a thread of its own
    caller   ///< the embedding program's event loop, by run_ready()
};

/// An io_context and what runs it. Runs until let_go(), and then until nothing is under way any more.
class io_loop {
public:
    /// number: of the engine's loops, for the thread's name. Starts nothing.
    io_loop(run_by who, unsigned number);
    /// Precondition: start() was not called, or finish() or outlive() was.
    ~io_loop();
    io_loop(io_loop const&) = delete;
    io_loop& operator=(io_loop const&) = delete;

    http::executor executor() noexcept { return io_.get_executor(); }
    /// True inside of what the loop runs.
    bool is_this_thread() const noexcept { return running_by_.load() == std::this_thread::get_id(); }

    /// The thread is named aisle-io-NUMBER and blocks all signals: they are the program's. Throws std::system_error.
    void start();
    /// Any thread. Throws std::bad_alloc.
    template <class F>
    void post(F&& f) {
        boost::asio::post(io_, std::forward<F>(f));
        if (who_ == run_by::caller) interrupt();
    }
    /// On the loop: it ends when nothing is under way.
    void let_go() { keep_running_.reset(); }
    /// Waits for the loop's end, where the caller runs it by running it. Not from inside of it.
    void finish() noexcept;
    /// Instead of finish(), from inside of the loop: the last that the loop does is to let go of what it is a part of,
    /// and then of what that needs.
    void outlive(std::shared_ptr<void> whole, std::shared_ptr<void> needed) noexcept;

    /// CPU time of what it ran so far. Any thread.
    std::chrono::nanoseconds cpu() const noexcept;

    // ---- run_by::thread: around a fork
    /// Ends the thread as soon as what it is at has returned. What is under way stays. Not from inside of the loop.
    void halt() noexcept;
    /// Nothing is posted while it runs. After halt().
    void before_fork();
    /// The thread starts again. Throws std::system_error, and may be tried again then.
    void resume();

    // ---- run_by::caller
    /// Readable while run_ready() has something to do. Belongs to the loop.
    int descriptor() noexcept;
    /// Runs what is ready. One thread at a time; another waits.
    void run_ready() noexcept;

private:
    static constexpr clockid_t no_clock = CLOCK_REALTIME;  // no thread's

    void run() noexcept;
    void interrupt() noexcept;

    run_by const who_;
    unsigned const number_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<http::executor> keep_running_{io_.get_executor()};
    std::atomic<std::thread::id> running_by_{};
    std::atomic<clockid_t> clock_{no_clock};    // CPU time of its thread, while that runs
    std::atomic<std::int64_t> past_cpu_ns_{0};  // of threads that have ended, or of run_ready()
    std::mutex turn_;                           // to run it, where the caller does
    std::shared_ptr<void> needed_;              // of outlive()
    std::shared_ptr<void> whole_;
    std::thread thread_;
};

}  // namespace aisle::detail

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

/// What runs a shard's network I/O.
enum class run_by {
    thread,  ///< its own thread
    caller   ///< the embedding program's event loop, through run_ready()
};

/// An io_context and what runs it. Runs until let_go(), and then until all work has ended.
class io_loop {
public:
    /// number: of the engine's loops, for the thread's name. Starts nothing.
    io_loop(run_by who, unsigned number);
    /// Precondition: start() was not called, or finish() or outlive() was.
    ~io_loop();
    io_loop(io_loop const&) = delete;
    io_loop& operator=(io_loop const&) = delete;

    http::executor executor() noexcept { return io_.get_executor(); }
    /// True inside handlers of the loop.
    bool is_this_thread() const noexcept { return running_by_.load() == std::this_thread::get_id(); }

    /// Starts the thread, named aisle-io-NUMBER, with all signals blocked: they belong to the program. Throws
    /// std::system_error.
    void start();
    /// Any thread. Throws std::bad_alloc.
    template <class F>
    void post(F&& f) {
        boost::asio::post(io_, std::forward<F>(f));
        if (who_ == run_by::caller) interrupt();
    }
    /// On the loop: lets it end when it has no work.
    void let_go() { keep_running_.reset(); }
    /// Waits for the loop's end; on the caller's loop, by running it. Not inside a handler.
    void finish() noexcept;
    /// Replaces finish() inside a handler: as its last action, the loop releases the object that it is part of, and
    /// then what that needs.
    void outlive(std::shared_ptr<void> whole, std::shared_ptr<void> needed) noexcept;

    /// CPU time used so far. Any thread.
    std::chrono::nanoseconds cpu() const noexcept;

    // ---- run_by::thread: around a fork
    /// Ends the thread once the current handler has returned. Work stays pending. Not inside a handler.
    void halt() noexcept;
    /// Call after halt(); nothing may be posted meanwhile.
    void before_fork();
    /// Restarts the thread. Throws std::system_error, and may then be called again.
    void resume();

    // ---- run_by::caller
    /// Readable while run_ready() has work. Owned by the loop.
    int descriptor() noexcept;
    /// Runs everything that is ready. One thread at a time; others wait.
    void run_ready() noexcept;

private:
    static constexpr clockid_t no_clock = CLOCK_REALTIME;  // of no thread

    void run() noexcept;
    void run_to_end() noexcept;
    void interrupt() noexcept;

    run_by const who_;
    unsigned const number_;
    // Posting is locked. Reads and writes are not: one thread at a time uses the sockets.
    boost::asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    boost::asio::executor_work_guard<http::executor> keep_running_{io_.get_executor()};
    std::atomic<std::thread::id> running_by_{};
    std::atomic<clockid_t> clock_{no_clock};    // CPU time of the running thread
    std::atomic<std::int64_t> past_cpu_ns_{0};  // of threads that have ended, or of run_ready()
    std::mutex turn_;                           // held to run it on the caller's loop
    std::shared_ptr<void> needed_;              // of outlive()
    std::shared_ptr<void> whole_;
    std::thread thread_;
};

}  // namespace aisle::detail

#pragma once

#include "../sight/engine_log.hpp"
#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "io_loop.hpp"
#include "trouble_board.hpp"

#include <aisle/engine.hpp>
#include <aisle/slab.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace aisle::detail {

class operation;
class shard;

/// What the streams of one engine share: shards, slabs and the byte budget. Thread-safe.
class engine_impl : public std::enable_shared_from_this<engine_impl> {
public:
    /// Throws aisle::exception for options it cannot work with. Starts no thread.
    explicit engine_impl(engine_options options, run_by who = run_by::thread);
    ~engine_impl();

    /// finished stays the caller's where it throws.
    std::shared_ptr<stream_job> open(batch_source source, stream_options options, sample_sink sink,
                                     std::function<void(result<summary>)>&& finished);
    /// Cancels every stream and joins the threads. After it nothing is called any more.
    void close() noexcept;
    /// Runs an operation on a bucket, on one of the shards; an engine that is closed fails it at once, and closing it
    /// fails those under way. Throws std::bad_alloc and std::system_error where it is not begun.
    void perform(std::shared_ptr<operation> const& what);
    /// Ends what an operation that was answered still does.
    void cancel(operation const& what) noexcept;
    /// Cancels every stream: what runs the engine is gone, and no stream may be opened any more.
    void lose_loop(char const* why) noexcept;
    bool is_run_by_caller() const noexcept { return who_ == run_by::caller; }

    // ---- around a fork
    /// Ends its threads, until resume(). Not from one of them, nor while close() runs.
    void halt();
    /// Cheap where they run. Throws std::system_error.
    void resume();
    bool has_work() const;
    bool is_own_thread() const;

    // ---- where the caller runs it
    /// Throws as open() does.
    int descriptor();
    void run_ready();
    engine_stats stats() const;
    engine_options const& options() const noexcept { return options_; }

    // ---- for stream_job, which calls them without its lock
    memory_budget& memory() noexcept { return memory_; }
    /// Gives the batch to the least busy shard; an engine that is closed answers it as cancelled. Throws
    /// std::bad_alloc; the work is the caller's then.
    void dispatch(std::shared_ptr<batch_work> const& work);
    /// Does what it can where there is no memory to tell the shards: requests then end by themselves.
    void cancel_batches_of(std::shared_ptr<stream_job> const& job) noexcept;
    /// Pumps the stream again after a while. Throws std::bad_alloc.
    void look_again_in(std::chrono::milliseconds delay, std::weak_ptr<stream_job> job);
    /// The stream has ended, or nobody waits for its end.
    void forget(stream_job const& job) noexcept;

private:
    void start_shards();
    void abandon_all(char const* why) noexcept;
    /// Ends the stream with errc::deadline_exceeded unless forget() comes first.
    void end_after(std::shared_ptr<stream_job> const& job, std::chrono::milliseconds limit);

    engine_options options_;  // without the log's hook, once it is closed
    std::chrono::steady_clock::time_point const began_ = std::chrono::steady_clock::now();
    mutable std::once_flag link_read_;
    mutable std::uint64_t link_bytes_per_s_ = 0;  // read by the first stats()
    engine_log log_;
    slab_pool slabs_;
    memory_budget memory_{slabs_};
    trouble_board trouble_;
    run_by const who_;
    std::mutex halting_;  // before mutex_
    std::atomic<bool> halted_{false};
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<shard>> shards_;     // filled once, before the first stream
    std::vector<std::shared_ptr<stream_job>> jobs_;  // those that have not ended, oldest first
    stream_job::consumer_times past_;                // of streams that have ended
    std::vector<std::weak_ptr<operation>> operations_;
    std::size_t next_shard_ = 0;  // for an operation
    bool closed_ = false;
    char const* lost_ = nullptr;  // why it can run no more
};

}  // namespace aisle::detail

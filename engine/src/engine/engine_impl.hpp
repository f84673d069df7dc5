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

/// Shared by the streams of one engine: shards, slabs and the byte budget. Thread-safe.
class engine_impl : public std::enable_shared_from_this<engine_impl> {
public:
    /// Throws aisle::exception for invalid options. Starts no thread.
    explicit engine_impl(engine_options options, run_by who = run_by::thread);
    ~engine_impl();

    /// finished is unchanged if this throws.
    std::shared_ptr<stream_job> open(batch_source source, stream_options options, sample_sink sink,
                                     std::function<void(result<summary>)>&& finished);
    /// Cancels every stream and joins the threads. Afterwards no callback is called.
    void close() noexcept;
    /// Runs an operation on a bucket, on one of the shards. A closed engine fails it immediately; closing it fails the
    /// operations in progress. Throws std::bad_alloc and std::system_error if it cannot be started.
    void perform(std::shared_ptr<operation> const& what);
    /// Ends the remaining work of an operation that has completed.
    void cancel(operation const& what) noexcept;
    /// Cancels every stream and refuses new ones: the event loop that ran the engine no longer exists.
    void lose_loop(char const* why) noexcept;
    bool is_run_by_caller() const noexcept { return who_ == run_by::caller; }

    // ---- around a fork
    /// Ends its threads until resume(). Not on one of them, nor during close().
    void halt();
    /// Cheap while they run. Throws std::system_error.
    void resume();
    bool has_work() const;
    bool is_own_thread() const;

    // ---- on the caller's loop
    /// Throws as open() does.
    int descriptor();
    void run_ready();
    engine_stats stats() const;
    engine_options const& options() const noexcept { return options_; }

    // ---- for stream_job, which calls these without its lock
    memory_budget& memory() noexcept { return memory_; }
    /// Passes the batch to the least busy shard; a closed engine ends it as cancelled. Throws std::bad_alloc; the
    /// work then remains the caller's.
    void dispatch(std::shared_ptr<batch_work> const& work);
    /// If there is no memory to notify the shards, it does what it can: requests then end by themselves.
    void cancel_batches_of(std::shared_ptr<stream_job> const& job) noexcept;
    /// Pumps the stream again after this delay. Throws std::bad_alloc.
    void pump_again_in(std::chrono::milliseconds delay, std::weak_ptr<stream_job> job);
    /// The stream has ended, or is no longer waited for.
    void forget(stream_job const& job) noexcept;

private:
    void start_shards();
    void abandon_all(char const* why) noexcept;
    /// Ends the stream with errc::deadline_exceeded unless forget() is called first.
    void end_after(std::shared_ptr<stream_job> const& job, std::chrono::milliseconds limit);

    engine_options options_;  // without the log's hook once closed
    std::chrono::steady_clock::time_point const began_ = std::chrono::steady_clock::now();
    mutable std::once_flag link_read_;
    mutable std::uint64_t link_bytes_per_s_ = 0;  // read by the first stats()
    engine_log log_;
    slab_pool slabs_;
    memory_budget memory_{slabs_};
    trouble_board trouble_;
    run_by const who_;
    std::mutex halting_;  // lock before mutex_
    std::atomic<bool> halted_{false};
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<shard>> shards_;     // filled once, before the first stream
    std::vector<std::shared_ptr<stream_job>> jobs_;  // those that have not ended, oldest first
    stream_job::consumer_times past_;                // of ended streams
    std::vector<std::weak_ptr<operation>> operations_;
    std::size_t next_shard_ = 0;  // for an operation
    bool closed_ = false;
    char const* lost_ = nullptr;  // why it can no longer run
};

}  // namespace aisle::detail

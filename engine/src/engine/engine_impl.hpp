#pragma once

#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "trouble_board.hpp"

#include <aisle/engine.hpp>
#include <aisle/slab.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace aisle::detail {

class shard;

/// What the streams of one engine share: shards, slabs and the byte budget. Thread-safe.
class engine_impl : public std::enable_shared_from_this<engine_impl> {
public:
    /// Throws aisle::exception for options it cannot work with. Starts no thread.
    explicit engine_impl(engine_options options);
    ~engine_impl();

    std::shared_ptr<stream_job> open(batch_source source, stream_options options, sample_sink sink,
                                     std::function<void(result<summary>)> finished);
    /// Cancels every stream and joins the threads. After it nothing is called any more.
    void close() noexcept;
    engine_stats stats() const;
    engine_options const& options() const noexcept { return options_; }

    // ---- for stream_job, which calls them without its lock
    memory_budget& memory() noexcept { return memory_; }
    /// Gives the batch to the least busy shard; an engine that is closed answers it as cancelled. Throws
    /// std::bad_alloc; the work is the caller's then.
    void dispatch(std::shared_ptr<batch_work> const& work);
    /// Does what it can where there is no memory to tell the shards: requests then end by themselves.
    void cancel_batches_of(std::shared_ptr<stream_job> const& job) noexcept;
    /// Pumps the stream again in a moment. Throws std::bad_alloc.
    void look_again_soon(std::weak_ptr<stream_job> job);
    /// The stream has ended, or nobody waits for its end.
    void forget(stream_job const& job) noexcept;

private:
    void start_shards();
    /// Ends the stream with errc::deadline_exceeded unless forget() comes first.
    void end_after(std::shared_ptr<stream_job> const& job, std::chrono::milliseconds limit);

    engine_options const options_;
    slab_pool slabs_;
    memory_budget memory_{slabs_};
    trouble_board trouble_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<shard>> shards_;     // filled once, before the first stream
    std::vector<std::shared_ptr<stream_job>> jobs_;  // those that have not ended, oldest first
    bool closed_ = false;
};

}  // namespace aisle::detail
